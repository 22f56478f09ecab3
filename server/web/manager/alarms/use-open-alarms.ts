import { type Ref, computed, ref, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { Alarm } from '../../kit/api/operation-types.js'
import type { AppContext } from '../../kit/app-context.js'
import { useResource } from '../../kit/use-resource.js'
import { asked, withOpen } from './alarm-list.js'

/** Alarms that are not cleared, live; and what somebody asks of them. */
export function useOpenAlarms(context: AppContext, estateId: Readonly<Ref<string>>) {
  const { api } = context
  const open = useResource((signal) => api.openAlarms(estateId.value, signal))
  const asking = ref<ReadonlySet<string>>(new Set())
  const failure = ref<ApiFailure>()
  watch(estateId, open.load, { immediate: true })

  const take = (alarm: Alarm): void => {
    if (estateId.value === '' || alarm.estateId === estateId.value) open.change((known) => ({ ...known, alarms: withOpen(known.alarms, alarm) }))
  }
  return {
    open,
    alarms: computed(() => open.data.value?.alarms ?? []),
    more: computed(() => open.data.value?.more === true),
    asking,
    failure,
    take,
    /** @returns true where the gateway is asked now */
    async ask(alarm: Alarm, what: 'acknowledge' | 'clear', note?: string): Promise<boolean> {
      if (asking.value.has(alarm.alarmId)) return false
      asking.value = new Set([...asking.value, alarm.alarmId])
      failure.value = undefined
      try {
        const order = await api.askAlarm(alarm, what, note)
        const now = open.data.value?.alarms.find((other) => other.alarmId === alarm.alarmId)
        if (now !== undefined && now.state === alarm.state) take(asked(now, order))
        return true
      } catch (error) {
        failure.value = asFailure(error)
        return false
      } finally {
        asking.value = new Set([...asking.value].filter((id) => id !== alarm.alarmId))
      }
    },
  }
}

export type OpenAlarms = ReturnType<typeof useOpenAlarms>
