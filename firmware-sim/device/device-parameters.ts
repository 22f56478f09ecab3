import type { ParameterResultV1, ParametersV1 } from '#contract/device-care-messages.js'

/** What a setting may be. */
export type ParameterRule = 'boolean' | { readonly min: number; readonly max: number }
export type ParameterRules = Readonly<Record<string, ParameterRule>>

function problemOf(rule: ParameterRule | undefined, value: string | number | boolean): string | undefined {
  if (rule === undefined) return 'unknown setting'
  if (rule === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false'
  return typeof value === 'number' && value >= rule.min && value <= rule.max ? undefined : `must be a number from ${rule.min} to ${rule.max}`
}

/** Settings of a device: a set is taken over whole or not at all. */
export function createDeviceParameters(rules: ParameterRules): {
  values(): Readonly<Record<string, string | number | boolean>>
  apply(parameters: ParametersV1): ParameterResultV1
} {
  let values: ParametersV1['values'] = {}
  return {
    values: () => values,
    apply({ parameterSetId, values: wanted }) {
      const problems = Object.entries(wanted).flatMap(([name, value]) => {
        const problem = problemOf(rules[name], value)
        return problem === undefined ? [] : [{ name, problem }]
      })
      if (problems.length === 0) values = wanted
      return { v: 1, parameterSetId, outcome: problems.length === 0 ? 'applied' : 'refused', problems }
    },
  }
}
