// The real worker, compiled, which dies, throws or hangs in a job whose gallery is named so.
import { parentPort } from 'node:worker_threads'

await import('../../../../dist/gateway/face/worker.js')
parentPort.on('message', (message) => {
  if (message.kind !== 'job' || message.job.kind !== 'analyse') return
  if (message.job.galleryKey === 'die') process.exit(7)
  if (message.job.galleryKey === 'throw') throw new Error('a defect in the worker')
  if (message.job.galleryKey === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
