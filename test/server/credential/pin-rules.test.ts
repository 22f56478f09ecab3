import { describe, expect, it } from 'vitest'
import { duressProblem, pinProblem } from '../../../server/credential/pin-rules.js'

const BORN = '1987-06-05'
describe('a PIN', () => {
  it.each([
    ['0000', 'repeats itself'], ['1212', 'repeats itself'], ['123123', 'repeats itself'], ['99999999', 'repeats itself'],
    ['1234', 'counts up or down'], ['9876', 'counts up or down'], ['890123', 'counts up or down'], ['32109', 'counts up or down'],
    ['2580', 'is one that many people choose'], ['5201314', 'is one that many people choose'], ['1999', 'is a year'], ['2026', 'is a year'],
    ['0605', 'is the holder\'s birth date'], ['870605', 'is the holder\'s birth date'], ['19870605', 'is the holder\'s birth date'], ['0506', 'is the holder\'s birth date'],
    ['40217', 'is the holder\'s number'], ['4021', 'is the holder\'s number'], ['140217', 'is the holder\'s number'],
  ])('%s is refused: %s', (pin, problem) => expect(pinProblem(pin, BORN, '40217')).toBe(problem))

  it.each(['4711', '8306', '1357', '293847', '60518273', '1899', '2100'])('%s is taken', (pin) => expect(pinProblem(pin, BORN, '40217')).toBeUndefined())
})

describe('a duress PIN', () => {
  it.each([
    ['4711', '4711', 'differs from the PIN in less than two digits'], ['4712', '4711', 'differs from the PIN in less than two digits'],
    ['47110', '4711', 'is not as long as the PIN'], ['4822', '4711', undefined],
  ])('%s for %s: %s', (duress, pin, problem) => expect(duressProblem(duress, pin)).toBe(problem))
})
