/** PINs that people choose first: the middle column of a keypad and lucky numbers. */
const COMMON = new Set(['2580', '0852', '1314', '5200', '5201', '5210', '1688', '6688', '8866', '147258', '147852', '258000', '521521', '5201314', '1314520', '7758521'])
const FIRST_YEAR = 1900
const LAST_YEAR = 2099
/** A slip of one finger must not call for help, and calling for help must not be refused for one. */
const DURESS_DIFFERENT_DIGITS_MIN = 2

/** True for 1234, 8765, 90123: each digit one step from the one before, around the zero too. */
function isRun(pin: string): boolean {
  const steps = new Set([...pin].slice(1).map((digit, index) => (Number(digit) - Number(pin[index]) + 10) % 10))
  return steps.size === 1 && (steps.has(1) || steps.has(9))
}

/** True for 0000, 1212, 123123: a shorter piece again and again. */
const isRepetition = (pin: string): boolean => (pin + pin).indexOf(pin, 1) < pin.length

const isYear = (pin: string): boolean => pin.length === 4 && Number(pin) >= FIRST_YEAR && Number(pin) <= LAST_YEAR

/** The ways in which a birth date is typed. */
function datesOf(birthDate: string): string[] {
  const [year = '', month = '', day = ''] = birthDate.split('-')
  return [`${month}${day}`, `${day}${month}`, `${year.slice(2)}${month}`, `${year.slice(2)}${month}${day}`, `${year}${month}${day}`, `${year}${month}`]
}

/**
 * Why a PIN is too easy to guess, in one sentence, or undefined. Digits alone are asked for by the schema.
 * @param birthDate the holder's, YYYY-MM-DD; it stands on papers that others see
 * @param number the holder's number at the keypad, which everybody hears
 */
export function pinProblem(pin: string, birthDate: string, number: string): string | undefined {
  if (isRepetition(pin)) return 'repeats itself'
  if (isRun(pin)) return 'counts up or down'
  if (COMMON.has(pin)) return 'is one that many people choose'
  if (isYear(pin)) return 'is a year'
  if (datesOf(birthDate).includes(pin)) return 'is the holder\'s birth date'
  return pin === number || number.includes(pin) || pin.includes(number) ? 'is the holder\'s number' : undefined
}

/** Why a duress PIN does not go with its PIN, or undefined. */
export function duressProblem(duressPin: string, pin: string): string | undefined {
  if (duressPin.length !== pin.length) return 'is not as long as the PIN'
  const different = [...duressPin].filter((digit, index) => digit !== pin[index]).length
  return different < DURESS_DIFFERENT_DIGITS_MIN ? 'differs from the PIN in less than two digits' : undefined
}
