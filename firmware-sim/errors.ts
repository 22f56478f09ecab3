import { errorFactory } from '#kernel/app-error.js'

/** Failures of the simulator and the demo. A retired code is never given a new meaning. */
export const SIM_ERRORS = {
  SIM_USAGE: { message: 'An option or file given to the simulator is wrong' },
  SIM_CLAIM: { message: 'The gateway gave this device no certificate' },
  SIM_FACE_UNKNOWN: { message: 'No face of this name is in the face table' },
  SIM_FRAMES: { message: 'The frames folder has no usable JPEG file' },
  SIM_DEMO_DATA: { message: "The demo's data folder cannot be used" },
  SIM_DEMO_PORT: { message: 'The page cannot have this port; --port N takes another, --port 0 any free one' },
  SIM_DEMO_PART: { message: 'A part of the demo failed' },
  SIM_DEMO_API: { message: 'The server did not do what the demo asked' },
  SIM_DEMO_GATEWAY: { message: 'A gateway did not do what the demo asked' },
  SIM_DEMO_DRAIN: { message: 'The gateways could not hand over all records in time' },
} as const

export const failSim = errorFactory(SIM_ERRORS)
