import type { Static } from 'typebox'
import { BrokerUrl, Group, LogLevel, Path, PathOrNull, Whole } from '../config-fields.js'

/** Configuration of a face worker: a process that looks at frames for a gateway, on its machine or on another one of the estate. */
export const FaceWorkerConfigSchema = Group({
  brokerUrl: BrokerUrl('Where the devices of the estate connect: the gateway, or the estate\'s own broker; mutual TLS'),
  certificateFolder: Path('Folder with ca.pem, cert.pem and key.pem as issue-device --kind face-worker wrote them: who this worker is'),
  manifestFile: PathOrNull('Manifest of the nets to run, the same as the gateway\'s; null for the shipped one'),
  workers: Whole('Threads that look at pictures; each holds all nets, about 60 MB', 'threads', 1, 1, 64),
  log: Group({ level: LogLevel }),
}, false)

export type FaceWorkerConfig = Readonly<Omit<Static<typeof FaceWorkerConfigSchema>, 'log'>> & { readonly log: Readonly<Static<typeof FaceWorkerConfigSchema>['log']> }
