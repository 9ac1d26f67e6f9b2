import { waitFor } from '#lib/testing/wait.ts'
import type { Figure } from '../support/figures.ts'
import { OpenProbe } from './open-probe.ts'
import type { Stage } from './stage.ts'

const PACE_MS = 4
const START_MS = 30_000

/** Promise 8: killing control plane and console doesn't affect traffic. */
export async function withoutTheRest(stage: Stage): Promise<Figure[]> {
  const { installation } = stage
  const probe = new OpenProbe(stage.url(8000), PACE_MS)
  await waitFor('traffic', () => probe.succeeded > 50)
  const parts = {
    'fairlead console': `${installation.consoleUrl}/login`,
    'fairlead control-plane': `${installation.apiUrl}/healthz`,
  }
  for (const [title, url] of Object.entries(parts)) {
    const { pid } = installation.process(title)
    process.kill(pid, 'SIGKILL')
    await waitFor(
      `${title} answers again`,
      async () => {
        const answer = await fetch(url).catch(() => null)
        return answer?.ok && installation.process(title).pid !== pid
      },
      START_MS,
    )
  }
  await stage.whole()
  const { succeeded, refused, reset, failed, silent } = await probe.stop()
  return [
    { what: 'console and control plane killed: requests answered', value: succeeded, atLeast: 1 },
    {
      what: 'console and control plane killed: requests not answered',
      value: refused + reset + failed + silent,
      atMost: 0,
    },
  ]
}
