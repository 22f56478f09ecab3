import { type Ref, ref } from 'vue'
import type { Decided, DifferenceCase, DifferenceClass } from '../../kit/api/finance-types.js'
import type { AppContext } from '../../kit/app-context.js'
import { useAction } from '../../kit/use-action.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'
import { acceptanceOf, approvalsLeft } from './case-moves.js'

export interface CaseWorkDeps {
  readonly context: AppContext
  readonly classes: Readonly<Ref<readonly DifferenceClass[] | undefined>>
  /** Says a reason in the words of the reader. */
  readonly say: (phrase: Phrase) => string
  readonly done: () => Promise<void>
}

/** What people do about differences; each answer is told in one sentence. */
export function useCaseWork({ context, classes, say, done }: CaseWorkDeps) {
  const { api, session } = context
  const { busy, failure, run } = useAction()
  const told = ref<Phrase>()

  /** The default of a class: what the one key proposes. */
  const defaultOf = (classCode: string): string => classes.value?.find((one) => one.code === classCode)?.actions[0]?.action ?? 'accept'

  function tell(items: readonly Decided[], what: 'proposed' | 'approved' | 'rejected', one: DifferenceCase): void {
    const { problem = null, until = '' } = items.find((item) => item.problem !== null) ?? {}
    const good = items.filter((item) => item.problem === null)
    if (problem !== null) told.value = phrase(`recon.problem.${problem}`, { until })
    else if (what === 'approved' && good.some((item) => item.state === 'open')) told.value = phrase('recon.told.failed', { reference: one.reference })
    else if (what === 'approved' && good.every((item) => item.state === 'proposed')) told.value = phrase('recon.told.more', { count: approvalsLeft(one) - 1 })
    else told.value = phrase(`recon.told.${what}`, { count: good.length })
  }
  const act = (work: () => Promise<void>): Promise<boolean> => run(async () => {
    told.value = undefined
    await work()
    await done()
  })

  const propose = (cases: readonly DifferenceCase[], action: string, reason: string): Promise<boolean> => act(async () => {
    const [one] = cases
    if (one !== undefined) tell((await api.proposeCases(cases.map(({ caseId }) => caseId), action, reason)).items, 'proposed', one)
  })
  const approve = (cases: readonly DifferenceCase[]): Promise<boolean> => act(async () => {
    const [one] = cases
    if (one !== undefined) tell((await api.approveCases(cases.map(({ caseId }) => caseId))).items, 'approved', one)
  })

  /** Accepts as many as are of the same class and can be accepted alike. @returns true where something was done */
  async function accept(cases: readonly DifferenceCase[]): Promise<boolean> {
    const user = session.user.value
    const [first] = cases.filter((one) => 'can' in acceptanceOf(one, user))
    const [one] = cases
    if (first === undefined) {
      const obstacle = one === undefined ? undefined : acceptanceOf(one, user)
      told.value = obstacle !== undefined && 'cannot' in obstacle ? phrase(`recon.cannot.${obstacle.cannot}`) : undefined
      return false
    }
    const { can } = acceptanceOf(first, user) as { can: 'propose' | 'approve' }
    const alike = cases.filter((each) => each.classCode === first.classCode && (acceptanceOf(each, user) as { can?: string }).can === can)
    if (can === 'approve') return approve(alike)
    const action = defaultOf(first.classCode)
    return propose(alike, action, say(phrase('recon.defaultReason', { action: phrase(`recon.action.${action}`) })))
  }

  return {
    busy, failure, told, defaultOf, propose, accept,
    reject: (one: DifferenceCase, reason: string) => act(async () => tell((await api.rejectCases([one.caseId], reason)).items, 'rejected', one)),
    reopen: (one: DifferenceCase, reason: string) => act(async () => {
      await api.reopenCase(one.caseId, reason)
      told.value = phrase('recon.told.reopened')
    }),
    /** Anything else about a day: fetching bills, reviewing them. */
    act,
  }
}
