import { describe, expect, it } from 'vitest'
import { COMMAND_REFUSALS } from '#contract/device-messages.js'
import { DIRECTIONS, OVERRIDE_REASONS, PASSAGE_REMARKS, REFUSAL_REASONS, WAYS } from '#contract/passage-record.js'
import { zhCn } from '../../../server/web/kit/words/zh-cn.js'
import {
  commandLabel, commandReasonLabel, directionLabel, isDoorTrouble, noteLabel, overrideLabel, personLabel, reasonLabel, remarkLabel, resultTag, stageParts, wayLabel, whyRefused,
} from '../../../server/web/manager/log/passage-words.js'
import { passage, refusal } from './support/samples.js'

describe('a passage in words', () => {
  it('has words and an explanation for every reason that the wire knows', () => {
    expect(REFUSAL_REASONS.map((reason) => reasonLabel(reason).key)).toEqual(REFUSAL_REASONS.map((reason) => `reason.${reason}`))
    expect(REFUSAL_REASONS.map((reason) => whyRefused(refusal(reason))?.key)).toEqual(REFUSAL_REASONS.map((reason) => `why.${reason}`))
    expect(COMMAND_REFUSALS.map((reason) => commandReasonLabel(reason).key)).toEqual(COMMAND_REFUSALS.map((reason) => `command.reason.${reason}`))
    expect(REFUSAL_REASONS.filter((reason) => !(reason in zhCn.reason))).toEqual([])
  })

  it('has words for every way, remark, direction and reason to open by hand', () => {
    expect(WAYS.filter((way) => !Object.hasOwn(zhCn.way, way))).toEqual([])
    expect(PASSAGE_REMARKS.filter((remark) => remarkLabel(remark).key !== `remark.${remark}`)).toEqual([])
    expect(DIRECTIONS.map((direction) => directionLabel(direction).key)).toEqual(['direction.in', 'direction.out'])
    expect(OVERRIDE_REASONS.filter((reason) => overrideLabel(reason).key !== `override.${reason}`)).toEqual([])
  })

  it('names who opened by hand, and a visitor as one', () => {
    const byHand = { personRef: null, personName: null, operatorRef: '01940000-0000-7000-8000-0000000000ab' }
    expect(personLabel(passage(1, { ...byHand, operatorName: '何经理' }))).toEqual({ words: { key: 'log.handOpened', values: { name: '何经理' } } })
    expect(personLabel(passage(1, { ...byHand, operatorName: null }))).toEqual({ words: { key: 'log.handOpened', values: { name: { key: 'log.deskOperator', values: { ref: '000000ab' } } } } })
    expect(personLabel(passage(1, { personRef: null, personName: null, visitId: 'v' }))).toEqual({ words: { key: 'log.visitor' } })
    expect(noteLabel(passage(1, { override: 'delivery' }))).toEqual({ key: 'override.delivery' })
    expect(noteLabel(passage(1, { override: 'delivery', commandOutcome: 'no-answer' })).key).toBe('command.no-answer')
  })

  it('shows the code of what it does not know, instead of nothing', () => {
    expect(reasonLabel('new-reason')).toEqual({ key: 'reason.other', values: { code: 'new-reason' } })
    expect(whyRefused(refusal('new-reason'))).toEqual({ key: 'why.other', values: { code: 'new-reason' } })
    expect(wayLabel('iris').key).toBe('way.other')
    expect(commandLabel(passage(1, { commandOutcome: 'lost' })).key).toBe('command.other')
  })

  it('explains a refusal with the figures of that moment', () => {
    expect(whyRefused(refusal('not-recognised', { score: 0.3661, threshold: 0.52, gallerySize: 128 })))
      .toEqual({ key: 'why.not-recognised', values: { score: '0.366', threshold: '0.520', count: 128 } })
    expect(whyRefused(refusal('not-recognised', { score: null, gallerySize: 0 }))?.key).toBe('why.not-recognised-empty')
    expect(whyRefused(refusal('not-live', { liveness: 0.21 }))?.values).toEqual({ liveness: '0.210' })
    expect(whyRefused(refusal('ambiguous', { margin: 0.012 }))?.values).toEqual({ margin: '0.012' })
    expect(whyRefused(refusal('stale-frame', { ageMs: 2_310 }))?.values).toEqual({ age: '2.31 s' })
    expect(whyRefused(passage(1))).toBeUndefined()
  })

  it('keeps red for doors in trouble: a refusal is amber, an empty picture grey', () => {
    expect([resultTag(passage(1)).tone, resultTag(refusal('not-live')).tone, resultTag(refusal('no-face')).tone]).toEqual(['good', 'warn', 'calm'])
    expect([passage(1), passage(1, { commandOutcome: null }), passage(1, { commandOutcome: 'no-answer' }), refusal('not-live')].map(isDoorTrouble))
      .toEqual([false, false, true, false])
  })

  it('is pending until the controller answered', () => {
    expect(noteLabel(passage(1, { commandOutcome: null })).key).toBe('command.waiting')
    expect(noteLabel(passage(1)).key).toBe('command.executed')
    expect(noteLabel(refusal('not-live')).key).toBe('reason.not-live')
    expect(commandLabel(refusal('not-live')).key).toBe('command.none')
  })

  it('tells a stranger from somebody whose name was erased', () => {
    expect(personLabel(passage(1))).toEqual({ name: '陈秀英' })
    expect(personLabel(passage(1, { personName: null }))).toEqual({ words: { key: 'person.erased' } })
    expect(personLabel(refusal('not-recognised'))).toEqual({ words: { key: 'person.unknown' } })
  })

  it('lists the stages in the order in which they ran, unknown ones last', () => {
    const parts = stageParts({ commit: 6, warm: 1, detect: 38, decode: 9, queue: 4 })
    expect(parts.map((part) => part.stage)).toEqual(['queue', 'decode', 'detect', 'commit', 'warm'])
    expect(parts.at(-1)?.label).toEqual({ key: 'stage.other', values: { code: 'warm' } })
  })
})
