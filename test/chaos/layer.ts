/** What a layer of the campaign is told. */
export interface LayerOptions {
  /** Of the first run; each further run has the next one. */
  readonly seed: number
  readonly runs: number
  /** One line for whoever watches. */
  readonly onLine: (line: string) => void
}

/** What came of it; more fields as each layer has them. */
export interface LayerSummary {
  readonly runs: number
  readonly seconds: number
  /** Each with its seed and the command that repeats it. */
  readonly violations: readonly object[]
}

/** The port of the layer of real processes, exported by `processes.ts`. */
export type RunProcesses = (options: LayerOptions) => Promise<LayerSummary>
