import { Type, type TProperties } from 'typebox'

/** Marks a text as a path: a relative one counts from the folder of the configuration file. */
const path = { path: true, unit: 'path' }
const MQTTS_URL = '^mqtts://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?$'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export const Path = (description: string) => Type.String({ minLength: 1, maxLength: 1_024, description, ...path })
export const PathOrNull = (description: string) =>
  Type.Union([Type.Null(), Type.String({ minLength: 1, maxLength: 1_024 })], { default: null, description, ...path })
export const Whole = (description: string, unit: string, standard: number, minimum: number, maximum: number) =>
  Type.Integer({ description, unit, default: standard, minimum, maximum })
export const BrokerUrl = (description: string) => Type.String({ pattern: MQTTS_URL, maxLength: 256, unit: 'URL', description })
export const BrokerUrlOrNull = (description: string) =>
  Type.Union([Type.Null(), Type.String({ pattern: MQTTS_URL, maxLength: 256 })], { default: null, unit: 'URL', description })
/** A part of the configuration; one that is optional may be left out, and so may every key of it that has a default. */
export const Group = <Properties extends TProperties>(properties: Properties, optional = true) =>
  Type.Object(properties, { additionalProperties: false, ...(optional ? { default: {} } : {}) })
export const LogLevel = Type.Union(LOG_LEVELS.map((level) => Type.Literal(level)), {
  default: 'info', unit: LOG_LEVELS.join(' \\| '), description: 'Least severity that is logged',
})
