import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { type Backup } from '../../../gateway/backup/backup-service.js'
import { createBackupSchedule } from '../../../gateway/backup/backup-schedule.js'
import { gatewayError } from '../../../gateway/errors.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const HOUR_MS = 3_600_000

function setUp(take: () => Promise<void>) {
  const clock = createVirtualClock()
  const said: string[] = []
  let taken = 0
  const backups = {
    async take(): Promise<Backup> {
      taken += 1
      await take()
      return { file: '/usb/one.jmbackup', bytes: 1, takenAtMs: clock.wallMs(), tookMs: 1 }
    },
  }
  const alarm = { failed: (detail: string) => void said.push(`failed ${detail}`), over: () => void said.push('over') }
  const schedule = createBackupSchedule({ backups, alarm, everyHours: 24, clock, random: seededRandom(1), log: createRecordingLog() })
  return { clock, said, schedule, taken: () => taken }
}

describe('backups by the clock', () => {
  it('one at once and one a day, and all is well', async () => {
    const { clock, said, schedule, taken } = setUp(async () => undefined)
    expect(schedule.status()).toEqual({ takenAtMs: null, problem: null })
    schedule.start()
    await clock.run(0)
    expect([taken(), schedule.status()]).toEqual([1, { takenAtMs: clock.wallMs(), problem: null }])
    await clock.run(48 * HOUR_MS)
    expect([taken(), said]).toEqual([3, ['over', 'over', 'over']])
    await schedule.stop()
    expect(clock.pending()).toBe(0)
  })

  it('one that fails is an alarm with its code, tried again within the hour, and over once one is taken', async () => {
    let mounted = false
    const { clock, said, schedule } = setUp(async () => {
      if (!mounted) throw gatewayError('GW_BACKUP_FOLDER', { folder: '/usb' })
    })
    schedule.start()
    await clock.run(0)
    expect([said, schedule.status()]).toEqual([['failed GW_BACKUP_FOLDER'], { takenAtMs: null, problem: 'GW_BACKUP_FOLDER' }])
    mounted = true
    await clock.run(HOUR_MS)
    expect([said.at(-1), schedule.status().problem]).toEqual(['over', null])
    await schedule.stop()
  })

  it('a folder that answers nothing is an alarm after two days', async () => {
    const { clock, said, schedule } = setUp(() => new Promise(() => undefined))
    schedule.start()
    await clock.run(48 * HOUR_MS - 1)
    expect(said).toEqual([])
    await clock.run(1)
    expect([said, schedule.status().problem]).toEqual([['failed overdue'], 'overdue'])
  })

  it('one that somebody asked for ends the alarm too; his own failure is his to see', async () => {
    let works = true
    const { said, schedule } = setUp(async () => {
      if (!works) throw gatewayError('GW_BACKUP_PASSPHRASE')
    })
    await schedule.take()
    works = false
    await expect(schedule.take()).rejects.toMatchObject({ code: 'GW_BACKUP_PASSPHRASE' })
    expect(said).toEqual(['over'])
  })
})
