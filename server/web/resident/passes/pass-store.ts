/** The pass of this phone. Its key never leaves the browser: WebCrypto made it and gives it to nobody, this page included. */
export interface StoredPass {
  readonly personRef: string
  readonly credentialId: string
  readonly privateKey: CryptoKey
}

export interface PassStore {
  /** False where the browser cannot keep a key: an insecure address, a private window. */
  readonly usable: boolean
  read(): Promise<StoredPass | undefined>
  write(pass: StoredPass): Promise<void>
  remove(): Promise<void>
}

const DATABASE = 'smart-estates-pass'
const TABLE = 'pass'
const KEY = 'own'

const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error ?? new Error('the database refused'))
})

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(TABLE)
  return done(request)
}

/** The pass in the browser's own database, which keeps a key that cannot be read out. */
export function createPassStore(deps: { factory: IDBFactory | undefined; crypto: Crypto | undefined }): PassStore {
  const { factory } = deps
  async function use<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    if (factory === undefined) throw new Error('no database')
    const database = await open(factory)
    try {
      return await done(work(database.transaction(TABLE, mode).objectStore(TABLE)))
    } finally {
      database.close()
    }
  }
  return {
    // `subtle` is there in secure contexts alone.
    usable: factory !== undefined && (deps.crypto as { subtle?: SubtleCrypto } | undefined)?.subtle !== undefined,
    read: () => use('readonly', (table) => table.get(KEY) as IDBRequest<StoredPass | undefined>).catch(() => undefined),
    write: async (pass) => void await use('readwrite', (table) => table.put(pass, KEY)),
    remove: async () => void await use('readwrite', (table) => table.delete(KEY)),
  }
}
