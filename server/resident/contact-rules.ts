/** Mainland mobile numbers: 11 digits from 1, the second from 3 on. */
const PHONE = /^1[3-9]\d{9}$/

/** The 11 digits, from any of the ways in which people write them; undefined where it is no mainland mobile number. */
export function phoneOf(text: string): string | undefined {
  const digits = text.replace(/[\s\-‐–]/g, '').replace(/^(\+|00)86/, '')
  return PHONE.test(digits) ? digits : undefined
}

/** `138****5678` */
export const maskedPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`
