import { access } from './en/access.js'
import { account } from './en/account.js'
import { common } from './en/common.js'
import { finance } from './en/finance.js'
import { household } from './en/household.js'
import { operation } from './en/operation.js'
import { pass } from './en/pass.js'
import { register } from './en/register.js'
import { report } from './en/report.js'
import { balancing } from './en/statement.js'
import { bank, receipt, treasury, treasuryRefusal } from './en/treasury.js'
import type { Words } from './zh-cn.js'

export const en: Words = { ...common, ...access, ...pass, ...register, ...operation, ...household, ...finance, account, report, treasury, receipt, bank, balancing, page: { ...common.page, ...finance.page }, refusal: { ...finance.refusal, ...treasuryRefusal, ...pass.refusal, ...household.refusal, ...operation.refusal } }
