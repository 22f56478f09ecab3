import { access } from './zh-cn/access.js'
import { account } from './zh-cn/account.js'
import { common } from './zh-cn/common.js'
import { finance } from './zh-cn/finance.js'
import { household } from './zh-cn/household.js'
import { operation } from './zh-cn/operation.js'
import { pass } from './zh-cn/pass.js'
import { register } from './zh-cn/register.js'
import { report } from './zh-cn/report.js'
import { balancing } from './zh-cn/statement.js'
import { bank, receipt, treasury, treasuryRefusal } from './zh-cn/treasury.js'

/** Every word a person reads, by area. Counted sentences take `{count}`; other values by name. */
export const zhCn = { ...common, ...access, ...pass, ...register, ...operation, ...household, ...finance, account, report, treasury, receipt, bank, balancing, page: { ...common.page, ...finance.page }, refusal: { ...finance.refusal, ...treasuryRefusal, ...pass.refusal, ...household.refusal, ...operation.refusal } }

type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> }
/** Shape of a language: another one with a missing or an extra key does not compile. */
export type Words = Shape<typeof zhCn>
