import { wrkWork } from './wrk-work.ts'

const once = {
  load: { path: '/', connections: 64, headers: ['Connection: close'] },
  unit: 'connection',
  goal: { reach: 0.55, aim: 0.8 },
}

/** One client connection per request; keep-alive to the servers. */
export const httpNew = wrkWork({
  name: 'http-new',
  title: 'HTTP, a new connection a request',
  duty: { mode: 'http', workers: 1 },
  ...once,
})

/** One client connection and one server connection per request. */
export const tcpNew = wrkWork({
  name: 'tcp-new',
  title: 'TCP, a new connection a message',
  duty: { mode: 'tcp', workers: 1 },
  ...once,
})
