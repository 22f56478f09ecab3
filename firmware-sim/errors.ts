import { errorFactory } from '#kernel/app-error.js'

/** Failures of the simulator and the demo. A retired code is never given a new meaning. */
export const SIM_ERRORS = {
  SIM_USAGE: { message: 'An option or file given to the simulator is wrong' },
  SIM_FACE_UNKNOWN: { message: 'No face of this name is in the face table' },
  SIM_FRAMES: { message: 'The frames folder has no usable JPEG file' },
} as const

export const failSim = errorFactory(SIM_ERRORS)
