export const PASSWORD_CHARS_MIN = 10
/** Longer ones only cost time. */
export const PASSWORD_CHARS_MAX = 128
const DIFFERENT_CHARS_MIN = 5
/** What every list of stolen passwords begins with. */
const COMMON_PARTS = ['password', 'qwerty', '123456', 'abcdef', '111111', 'admin', 'baoan', 'wuye']

/** What is wrong with a new password, in a few words, or undefined. Length counts; kinds of characters do not. */
export function passwordProblem(password: string, loginName: string): string | undefined {
  const chars = [...password]
  if (chars.length < PASSWORD_CHARS_MIN) return `must have at least ${PASSWORD_CHARS_MIN} characters`
  if (chars.length > PASSWORD_CHARS_MAX) return `must have at most ${PASSWORD_CHARS_MAX} characters`
  if (new Set(chars).size < DIFFERENT_CHARS_MIN) return `must have at least ${DIFFERENT_CHARS_MIN} different characters`
  const folded = password.toLowerCase()
  if (folded.includes(loginName.toLowerCase())) return 'must not contain the login name'
  const common = COMMON_PARTS.find((part) => folded.includes(part))
  return common === undefined ? undefined : `must not contain ${common}`
}
