/** A text without its UUIDs and hashes, in which any few digits come up by chance: what is looked for in the rest was written there. */
export const withoutRandom = (text: string): string => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}/g, '')
