import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What was applied for and approved at the service: who signs, and the texts that may be sent. Made up, for the sandbox alone. */
export const SMS = {
  accessKeyId: 'LTAI5tSandboxSandbox', signName: '江门公租房',
  templates: {
    SMS_2001: '您有租金${amount}元已于${dueDate}到期，请尽快缴纳。如已缴纳或有异议，请联系小区服务中心。',
    SMS_2002: '再次提醒：您有租金${amount}元自${dueDate}起逾期${days}天。如有困难可申请减免或分期，请联系小区服务中心。',
    SMS_2003: '登录验证码${code}，5分钟内有效。请勿告诉任何人，工作人员不会向您索要。',
  },
} as const
export const SMS_KEY_FILE = 'sms-access-key.txt'

const SECRET_BYTES = 15

/** The secret of the access key, made at first use, for its owner alone. */
export async function openSmsKey(folder: string): Promise<string> {
  const path = join(folder, SMS_KEY_FILE)
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known !== '') return known
  const secret = randomBytes(SECRET_BYTES).toString('hex')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(path, secret, { mode: 0o600 })
  await chmod(path, 0o600)
  return secret
}
