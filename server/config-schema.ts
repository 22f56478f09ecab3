import { Type, type Static, type TProperties, type TSchema } from 'typebox'

/** Marks a text as a path: a relative one counts from the folder of the configuration file. */
const path = { path: true, unit: 'path' }
const Text = { minLength: 1, maxLength: 1_024 }
const OrNull = <Schema extends TSchema>(schema: Schema, options: object) => Type.Union([Type.Null(), schema], { default: null, ...options })
const PathOrNull = (description: string) => OrNull(Type.String(Text), { description, ...path })
const Whole = (description: string, unit: string, standard: number, minimum: number, maximum: number) =>
  Type.Integer({ description, unit, default: standard, minimum, maximum })
const Port = (description: string, standard: number) => Whole(`${description}; 0 is any free one`, 'port', standard, 0, 65_535)
const Group = <Properties extends TProperties>(properties: Properties, options: object = { default: {} }) =>
  Type.Object(properties, { additionalProperties: false, ...options })

const SmsTemplate = (description: string) => Type.String({ pattern: '^SMS_\\d{4,20}$', description })
const WechatTemplateId = (description: string) => Type.String({ pattern: '^[\\w-]{10,64}$', description })
const WechatKey = (description: string, standard: string) => Type.String({ pattern: '^[a-z][a-z_]{0,30}[0-9]{0,3}$', default: standard, description })

const DOUBLE_PAYMENTS = ['prepayment', 'refund'] as const
const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** The server's whole configuration. Keys with a default may be left out; no secret has one. */
export const ServerConfigSchema = Group({
  dataDir: Type.String({ ...Text, ...path, description: 'Folder of everything that the server keeps. One process at a time' }),
  database: Group({
    url: OrNull(Type.String({ pattern: '^file:.', maxLength: 1_024 }), {
      unit: 'URL', description: 'SQLite file as `file:PATH`, a relative path from this file\'s folder; null for server.db in the data folder',
    }),
  }),
  https: Group({
    host: Type.String({ minLength: 1, maxLength: 256, default: '0.0.0.0', unit: 'address', description: 'Address on which browsers and gateways connect' }),
    port: Port('Port for browsers and gateways', 8_443),
    certFile: PathOrNull('Certificate with its chain, PEM; null for one of the server\'s own authority, whose certificate is tls/ca.pem in the data folder'),
    keyFile: PathOrNull('Private key of the certificate, PEM; null exactly where certFile is'),
    hostNames: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      default: [], maxItems: 16, unit: 'names',
      description: 'Names and addresses that the server is reached by, for its own certificate; localhost and this machine\'s are always in it',
    }),
  }),
  loopbackHttp: OrNull(Group({ port: Port('Port for plain HTTP on 127.0.0.1', 8_080) }, {}), {
    description: 'Plain HTTP for this machine alone, as for a metrics collector; null for none',
  }),
  session: Group({
    hours: Whole('A login ends after this time', 'hours', 12, 1, 168),
    idleMinutes: Whole('A login ends after this time without a request', 'minutes', 60, 5, 1_440),
    residentDays: Whole('A resident stays logged in on a phone for this long', 'days', 30, 1, 90),
  }),
  visitor: Group({
    openPerHouseholdMax: Whole('Visits of one household that are open at a time', 'visits', 5, 1, 100),
    daysMax: Whole('Longest visit', 'days', 7, 1, 60),
    carerDaysMax: Whole('Longest recurring pass of a carer', 'days', 366, 1, 1_830),
    nameDays: Whole('Names of visitors are erased so long after the visit ended', 'days', 30, 1, 365),
  }),
  payment: Group({
    timeoutMs: Whole('Longest time for one exchange with a payment channel', 'ms', 10_000, 500, 60_000),
    doublePayment: Type.Unsafe<(typeof DOUBLE_PAYMENTS)[number]>(Type.Union(DOUBLE_PAYMENTS.map((rule) => Type.Literal(rule)), {
      default: 'prepayment', unit: DOUBLE_PAYMENTS.join(' \\| '),
      description: 'What becomes of the second payment of a bill that was paid twice: the household has it to its credit, or it goes back by its channel',
    })),
    demo: Type.Boolean({ default: false, description: 'The channels are a sandbox: plain HTTP is allowed to them. Never where real money is paid' }),
    wechat: OrNull(Group({
      merchantId: Type.String({ pattern: '^\\d{8,12}$', description: 'Merchant number at WeChat Pay (mchid)' }),
      appId: Type.String({ pattern: '^wx[0-9a-z]{10,30}$', description: 'App id that the merchant is bound to' }),
      merchantSerial: Type.String({ pattern: '^[0-9A-F]{40}$', description: 'Serial number of the merchant\'s API certificate, hex' }),
      privateKeyFile: Type.String({ ...Text, ...path, description: 'Private key of the merchant\'s API certificate, PEM, mode 600' }),
      apiV3KeyFile: Type.String({ ...Text, ...path, description: 'APIv3 key, 32 characters, mode 600' }),
      publicKeyId: OrNull(Type.String({ pattern: '^PUB_KEY_ID_[0-9]{1,60}$' }), {
        description: 'Id of WeChat Pay\'s public key; null where it signs by platform certificates alone',
      }),
      publicKeyFile: PathOrNull('WeChat Pay\'s public key, PEM; null exactly where publicKeyId is'),
      platformCertificates: Type.Boolean({
        default: false, description: 'Signatures by platform certificates hold too, which are fetched; with a public key for the time of a switch',
      }),
      baseUrl: Type.String({ pattern: '^https?://[^/?#\\s]+$', default: 'https://api.mch.weixin.qq.com', description: 'Origin of the API' }),
      notifyUrl: Type.String({ pattern: '^https?://[^?#\\s]+$', description: 'Where WeChat Pay tells of payments: this server\'s /notify/wechat as it is reached from outside' }),
    }, {}), { description: 'WeChat Pay; null where it is not used' }),
    alipay: OrNull(Group({
      appId: Type.String({ pattern: '^\\d{16}$', description: 'App id at Alipay' }),
      sellerId: Type.String({ pattern: '^2088\\d{12}$', description: 'Merchant\'s partner id (PID)' }),
      privateKeyFile: Type.String({ ...Text, ...path, description: 'Private key of the app, PEM, mode 600' }),
      alipayPublicKeyFile: Type.String({ ...Text, ...path, description: 'Alipay\'s public key for the app, PEM' }),
      gatewayUrl: Type.String({ pattern: '^https?://[^?#\\s]+$', default: 'https://openapi.alipay.com/gateway.do', description: 'Address of the OpenAPI gateway' }),
      billHosts: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        default: ['dwbillcenter.alipay.com'], minItems: 1, maxItems: 4, unit: 'names', description: 'Hosts that bills may be fetched from',
      }),
      notifyUrl: Type.String({ pattern: '^https?://[^?#\\s]+$', description: 'Where Alipay tells of payments: this server\'s /notify/alipay as it is reached from outside' }),
    }, {}), { description: 'Alipay; null where it is not used' }),
  }),
  message: Group({
    timeoutMs: Whole('Longest time for one exchange with a vendor of messages', 'ms', 10_000, 500, 60_000),
    demo: Type.Boolean({ default: false, description: 'The vendors of messages are a sandbox: plain HTTP is allowed to them' }),
    sms: OrNull(Group({
      accessKeyId: Type.String({ pattern: '^[A-Za-z0-9]{8,64}$', description: 'Access key at Alibaba Cloud' }),
      accessKeySecretFile: Type.String({ ...Text, ...path, description: 'Its secret, mode 600' }),
      signName: Type.String({ minLength: 2, maxLength: 20, description: 'Signature of the messages as it was approved, without brackets' }),
      rentReminder: SmsTemplate('Template of the first reminder: ${amount}, ${dueDate}'),
      rentSecondReminder: SmsTemplate('Template of the second reminder: ${amount}, ${dueDate}, ${days}'),
      loginCode: SmsTemplate('Template of the login code: ${code}'),
      endpoint: Type.String({ pattern: '^https?://[^/?#\\s]+$', default: 'https://dysmsapi.aliyuncs.com', description: 'Origin of the SMS service' }),
      perSecondMax: Whole('Most messages in a second', 'messages', 20, 1, 1_000),
    }, {}), { description: 'SMS by Alibaba Cloud; null: messages are written to messages.jsonl in the data folder' }),
    wechat: OrNull(Group({
      appId: Type.String({ pattern: '^wx[0-9a-z]{10,30}$', description: 'App id of the official account' }),
      appSecretFile: Type.String({ ...Text, ...path, description: 'Its secret, mode 600' }),
      callbackTokenFile: Type.String({ ...Text, ...path, description: 'Token of its server address, mode 600: what arrived is told to /notify/wechat-messages' }),
      rentReminder: WechatTemplateId('Template of the first reminder'),
      rentSecondReminder: WechatTemplateId('Template of the second reminder'),
      amountKey: WechatKey('Name of the amount in both templates', 'amount2'),
      dueDateKey: WechatKey('Name of the due day in both templates', 'time3'),
      daysKey: WechatKey('Name of the days overdue in the second template', 'number4'),
      pageUrl: Type.String({ pattern: '^https?://[^?#\\s]+$', description: 'Residents\' page as phones reach it: where a message leads' }),
      baseUrl: Type.String({ pattern: '^https?://[^/?#\\s]+$', default: 'https://api.weixin.qq.com', description: 'Origin of the API' }),
      perSecondMax: Whole('Most messages in a second', 'messages', 20, 1, 1_000),
    }, {}), { description: 'Template messages of the city\'s WeChat account, ahead of SMS for whoever bound it; null where it is not used' }),
  }),
  receipts: OrNull(Group({
    baseUrl: Type.String({ pattern: '^https?://[^?#\\s]+$', description: 'Address of the platform\'s interface, up to and with api/standard' }),
    region: Type.String({ pattern: '^\\d{6,12}$', description: '区划编码: the region, by the platform\'s own code' }),
    deptCode: Type.String({ pattern: '^[0-9A-Za-z]{1,32}$', description: '单位编码: who collects' }),
    appId: Type.String({ pattern: '^[0-9A-Za-z]{1,64}$', description: 'Account at the platform' }),
    keyFile: Type.String({ ...Text, ...path, description: 'Key that requests and answers are signed with, mode 600' }),
    billCode: Type.String({ pattern: '^[0-9A-Za-z]{1,32}$', description: '票据种类编码: which kind of receipt' }),
    author: Type.String({ minLength: 1, maxLength: 60, description: '开票人: who gives receipts out, as they name it' }),
    timeoutMs: Whole('Longest time for one exchange with the platform', 'ms', 10_000, 500, 60_000),
  }, {}), { description: 'Platform for electronic receipts (财政电子票据, 博思); null for receipts of our own, in a file of the data folder' }),
  log: Group({
    level: Type.Unsafe<(typeof LEVELS)[number]>(Type.Union(LEVELS.map((level) => Type.Literal(level)), {
      default: 'info', unit: LEVELS.join(' \\| '), description: 'Least severity that is logged',
    })),
  }),
}, {})

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
export type ServerConfig = DeepReadonly<Static<typeof ServerConfigSchema>>

/** A schema as the configuration reads it: TypeBox's types hide what is common to all. */
export type ConfigSchema = TSchema & {
  readonly properties?: Readonly<Record<string, ConfigSchema>>
  readonly anyOf?: readonly ConfigSchema[]
  readonly const?: unknown
  readonly type?: string
  readonly path?: boolean
  readonly description?: string
  readonly unit?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
}

/** The group behind a schema: its own, or that of a group that may be null. */
export const groupOf = (schema: ConfigSchema): ConfigSchema | undefined =>
  schema.properties !== undefined ? schema : schema.anyOf?.find((branch) => branch.properties !== undefined)

export interface ConfigKey {
  /** Names from the root, joined by dots. */
  readonly key: string
  readonly schema: ConfigSchema
}

/** Every key that holds a value, in the order of the schema; a group that may be null stands before its keys. */
export function configKeys(schema: ConfigSchema = ServerConfigSchema, key = ''): ConfigKey[] {
  const group = groupOf(schema)
  if (group === undefined) return [{ key, schema }]
  const inner = Object.entries(group.properties ?? {}).flatMap(([name, value]) => configKeys(value, key === '' ? name : `${key}.${name}`))
  return group === schema ? inner : [{ key, schema }, ...inner]
}

/** The keys as a Markdown table: name, meaning, unit, bounds, default. */
export function serverConfigKeys(): string {
  const bounds = ({ minimum, maximum }: ConfigSchema): string => (minimum === undefined ? '' : `${minimum}–${maximum}`)
  const standard = ({ default: value }: ConfigSchema): string => (value === undefined ? 'none' : `\`${JSON.stringify(value)}\``)
  const rows = configKeys().map(({ key, schema }) => [`\`${key}\``, schema.description ?? '', schema.unit ?? '', bounds(schema), standard(schema)])
  const head = ['key', 'meaning', 'unit', 'bounds', 'default']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
