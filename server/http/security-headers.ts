import helmet from '@fastify/helmet'
import type { App } from './app-types.js'

export interface SecurityHeaderOptions {
  /**
   * Tells browsers to use HTTPS only. Not with a self-made certificate: the rule would hold for every port of the same
   * name, the plain loopback one too.
   */
  readonly strictTransport: boolean
}

const ONE_YEAR_SECONDS = 31_536_000

/** The page is script and style of our own origin; pictures may be data URLs; nobody may frame it. */
export async function securityHeaders(app: App, options: SecurityHeaderOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // Components place their poppers and bars by style attributes.
        styleSrcAttr: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: options.strictTransport ? { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false } : false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  })
}
