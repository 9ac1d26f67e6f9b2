import { LARGE_BYTES } from '../contenders/origin.ts'
import { wrkWork } from './wrk-work.ts'

const large = {
  load: { path: '/large', connections: 16 },
  unit: 'MB',
  unitsPerRequest: LARGE_BYTES / 1_000_000,
  goal: { reach: 0.9, aim: 1 },
}

export const httpLarge = wrkWork({
  name: 'http-large',
  title: 'HTTP, bodies of 1 MB',
  duty: { mode: 'http', workers: 1 },
  ...large,
})

export const tcpLarge = wrkWork({
  name: 'tcp-large',
  title: 'TCP, 1 MB each',
  duty: { mode: 'tcp', workers: 1 },
  ...large,
})
