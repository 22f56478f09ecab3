/** Samples of one metric by the text of their labels. */
export type Samples = Readonly<Record<string, number>>

/** Reads a gateway's /metrics. Reading it restarts the measurement of the event loop's delay. */
export async function readMetrics(opsPort: number): Promise<(name: string) => Samples> {
  const lines = (await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()).split('\n')
  return (name) => Object.fromEntries(lines.flatMap((line) => {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    return found !== null && found[1] === name ? [[found[2] ?? '', Number(found[3])]] : []
  }))
}

/** What was counted between two readings; labels that did not move are left out. */
export function counted(before: Samples, after: Samples): Samples {
  return Object.fromEntries(Object.entries(after).map(([labels, value]) => [labels, value - (before[labels] ?? 0)] as const).filter(([, value]) => value > 0))
}
