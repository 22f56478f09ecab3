/** What a colour says: danger and warn ask for action, good and accent confirm, calm only tells. */
export type Tone = 'danger' | 'warn' | 'calm' | 'good' | 'accent'
