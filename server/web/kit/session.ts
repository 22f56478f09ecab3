import { type Ref, shallowRef } from 'vue'
import type { Api } from './api/api.js'
import { asFailure } from './api/failure.js'
import type { Estate, User } from './api/types.js'

/** Who is signed in and what estates are theirs. Nothing of it is kept in the browser: the cookie is the session. */
export interface Session {
  /** Undefined until the server was asked, null where nobody is signed in. */
  readonly user: Readonly<Ref<User | null | undefined>>
  readonly estates: Readonly<Ref<readonly Estate[]>>
  /** Asks the server once. Rejects where it cannot be asked. */
  ensure(): Promise<User | null>
  /** Rejects with the failure that the login page shows. */
  signIn(loginName: string, password: string): Promise<void>
  signOut(): Promise<void>
  /** Forgets the user: the server said that the session is over. */
  end(): void
}

export function createSession(api: Api): Session {
  const user = shallowRef<User | null | undefined>()
  const estates = shallowRef<readonly Estate[]>([])
  let asked: Promise<User | null> | undefined

  /** Estates are part of every page's frame; without them the pages still work, by id. */
  async function begin(signedIn: User): Promise<User> {
    estates.value = await api.estates().then((answer) => answer.estates, () => [])
    user.value = signedIn
    return signedIn
  }

  async function ask(): Promise<User | null> {
    try {
      return await begin((await api.me()).user)
    } catch (error) {
      asked = undefined
      if (asFailure(error).kind !== 'signed-out') throw error
      user.value = null
      return null
    }
  }

  const end = (): void => {
    asked = undefined
    user.value = null
    estates.value = []
  }

  return {
    user,
    estates,
    ensure: () => (user.value !== undefined ? Promise.resolve(user.value) : (asked ??= ask())),
    async signIn(loginName, password) {
      await begin((await api.login(loginName, password)).user)
    },
    async signOut() {
      await api.logout().catch((error: unknown) => {
        // A session that is already over is signed out; any other failure is shown, since the cookie still works.
        if (asFailure(error).kind !== 'signed-out') throw error
      })
      end()
    },
    end,
  }
}

/** True where the user has one of the roles at that estate. Only spares a button that would be refused: the server decides. */
export const mayAt = (user: User | null | undefined, estateId: string, roles: readonly string[]): boolean =>
  user?.grants.some((grant) => roles.includes(grant.role) && (grant.estateId === '*' || grant.estateId === estateId)) === true
