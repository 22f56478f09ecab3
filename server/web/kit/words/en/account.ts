/** Words of a person's own account. */
export const account = {
  change: 'Change password', current: 'Present password', next: 'New password', again: 'New password again', rule: 'At least 12 characters, without the login name or a common password', differs: 'Not the same', wrong: 'The present password is wrong', save: 'Save', saved: 'Changed. Logins on other devices have ended.',
  area: { manager: 'Estate management', finance: 'Finance' },
}
