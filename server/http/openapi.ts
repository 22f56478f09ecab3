import swagger from '@fastify/swagger'
import { publicAccess } from './access.js'
import type { App } from './app-types.js'

/** Collects the schemas of all routes that are registered after it and gives them out at /openapi.json. */
export async function openApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Jiangmen smart estates', description: 'Central server of the smart estates', version },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'sid', description: 'State-changing requests need the header x-requested-with: smart-estates too' },
          gateway: { type: 'http', scheme: 'bearer', description: 'Credential of a claimed gateway' },
        },
      },
    },
    hideUntagged: false,
  })
  app.get('/openapi.json', { config: { access: publicAccess }, schema: { hide: true } }, () => app.swagger())
}
