import { Worker } from 'node:worker_threads'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import { GATEWAY_ERRORS, gatewayError } from '../errors.js'
import type { FaceModelInfo } from './types.js'
import { stageAt, type FromWorker, type GalleryChange, type Job, type JobResult, type ToWorker, type WorkerSetup } from './worker-protocol.js'

/** A worker that is asked to stop finishes its job first; longer than this nobody waits for it. */
const STOP_MS_MAX = 10_000

/**
 * One worker thread from its start to its end. It is not restarted: its successor is another slot. `terminate()` is never
 * called: where native code of the decoder or of the runtime returns into a thread that was terminated meanwhile, it
 * aborts the whole process. A thread that does not answer is left to itself, unheard, and asked to stop when it comes back.
 */
export interface WorkerSlot {
  readonly state: 'starting' | 'idle' | 'busy' | 'ended'
  /** Only while idle. Never rejects. At `deadlineMs` the worker is given up. */
  run(job: Job, deadlineMs: number): Promise<JobResult>
  /** Resolves once the worker holds the change, or is not heard any more. */
  change(change: GalleryChange): Promise<void>
  /** Fails the job at once, and resolves when the thread has ended. Does not call `onEnd`. */
  stop(): Promise<void>
}

export interface SlotDeps {
  readonly url: URL
  readonly setup: Omit<WorkerSetup, 'stageCell'>
  /** What the gallery must hold before the first job. */
  readonly replay: readonly GalleryChange[]
  readonly clock: Clock
  readonly onReady: (info: FaceModelInfo) => void
  /** The thread ended by itself or was given up at a deadline; its job and changes are settled. */
  readonly onEnd: (error: Error) => void
}

export function startWorkerSlot(deps: SlotDeps): WorkerSlot {
  const stage = new Int32Array(new SharedArrayBuffer(4))
  const setup: WorkerSetup = { ...deps.setup, stageCell: stage.buffer }
  const worker = new Worker(deps.url, { workerData: setup, execArgv: [], name: 'face' })
  const send = (message: ToWorker, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer)
  const changes = createPendingChanges()
  let state: WorkerSlot['state'] = 'starting'
  let running: { settle: (result: JobResult) => void; cancel: CancelTimer } | undefined

  const settleJob = (result: JobResult): void => {
    running?.cancel()
    running?.settle(result)
    running = undefined
  }
  const end = (message: string): void => {
    state = 'ended'
    settleJob({ kind: 'lost', stage: stageAt(stage[0] ?? 0), message })
    changes.settleAll()
    send({ kind: 'stop' })
  }
  const lost = (reason: string, cause?: unknown, error: Error = gatewayError('GW_FACE_ENGINE', { reason }, cause)): void => {
    if (state === 'ended') return
    end(reason)
    worker.unref()
    deps.onEnd(error)
  }
  const receive = (message: FromWorker): void => {
    if (state === 'ended') return
    if (message.kind === 'changed') return changes.settle(message.changeId)
    if (message.kind === 'start-failed') return lost(message.message, undefined, startError(message))
    state = 'idle'
    if (message.kind === 'ready') deps.onReady(message.info)
    else settleJob(message.result)
  }
  worker.on('message', receive)
  worker.on('error', (cause) => lost('a face worker threw', cause))
  worker.on('messageerror', (cause) => lost('a message between threads was damaged', cause))
  worker.on('exit', (code) => lost(`a face worker ended with code ${code}`))
  for (const change of deps.replay) send({ kind: 'change', changeId: 0, change })

  return {
    get state() {
      return state
    },
    run: (job, deadlineMs) => new Promise((settle) => {
      state = 'busy'
      stage[0] = 0
      running = { settle, cancel: deps.clock.after(deadlineMs, () => lost(`no answer in ${deadlineMs} ms`)) }
      try {
        send({ kind: 'job', job }, memoryThatMoves(job))
      } catch {
        // Some memory cannot be moved, for its owner forbade it.
        state = 'idle'
        settleJob({ kind: 'lost', stage: 'decode', message: 'the picture cannot be handed to a worker' })
      }
    }),
    change: (change) => new Promise((resolve) => {
      if (state === 'ended') return resolve()
      send({ kind: 'change', changeId: changes.add(resolve), change })
    }),
    async stop() {
      if (state === 'ended') return
      end('the engine stopped')
      await exitOf(worker, deps.clock)
    },
  }
}

const memoryThatMoves = (job: Job): ArrayBuffer[] => {
  if (job.kind === 'compare' || job.kind === 'judge') return []
  return [(job.kind === 'embed' ? job.photo : job.image).buffer as ArrayBuffer]
}

const exitOf = (worker: Worker, clock: Clock): Promise<void> => new Promise((resolve) => {
  const cancel = clock.after(STOP_MS_MAX, resolve)
  worker.once('exit', () => {
    cancel()
    resolve()
  })
})

/** Changes that the worker has not yet said to hold. */
function createPendingChanges() {
  const pending = new Map<number, () => void>()
  let lastId = 0
  const settle = (changeId: number): void => {
    pending.get(changeId)?.()
    pending.delete(changeId)
  }
  return {
    add(resolve: () => void): number {
      pending.set(++lastId, resolve)
      return lastId
    },
    settle,
    settleAll: () => [...pending.keys()].forEach(settle),
  }
}

function startError({ code, message, details }: Extract<FromWorker, { kind: 'start-failed' }>): Error {
  const known = code !== null && code in GATEWAY_ERRORS
  return known ? gatewayError(code as keyof typeof GATEWAY_ERRORS, details) : gatewayError('GW_FACE_ENGINE', { reason: message })
}
