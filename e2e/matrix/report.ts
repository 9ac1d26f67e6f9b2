import { freePort } from '#lib/testing/free-port.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { BENCH_PROGRAMS, installMissingPrograms } from '#lib/testing/programs/programs.ts'
import type { Contender, Wiring } from '../bench/contenders/contender.ts'
import { startFairlead } from '../bench/contenders/fairlead.ts'
import { startHaproxy } from '../bench/contenders/haproxy.ts'
import { startNginxProxy } from '../bench/contenders/nginx.ts'
import { REQUEST_CASES } from './cases.ts'
import { RESPONSE_CASES } from './response-cases.ts'
import { runRequestCase } from './run-request-case.ts'
import { runResponseCase } from './run-response-case.ts'
import { answeringServer, NotingServer } from './scripted-server.ts'

// Prints a table of what Fairlead's proxy, HAProxy and nginx do with every case of the matrix. The exit code is always 0: matrix.test.ts
// tests the requirements.

type Row = { n: number; name: string; cells: string[] }
type Start = (wiring: Wiring) => Promise<Contender>

const PROXIES: [name: string, start: Start][] = [
  ['Fairlead', startFairlead],
  ['HAProxy', startHaproxy],
  ['nginx', startNginxProxy],
]

installMissingPrograms(BENCH_PROGRAMS)
const [serverAddress = '', proxyAddress = ''] = ownAddresses(2)
const rows: Row[] = [...REQUEST_CASES, ...RESPONSE_CASES].map(({ n, name }) => ({
  n: Math.floor(n),
  name,
  cells: [],
}))

for (const [name, start] of PROXIES) {
  console.error(`${name} …`)
  const cells = [...(await requestCells(start)), ...(await responseCells(start))]
  for (const [index, cell] of cells.entries()) rows[index]?.cells.push(cell)
}

console.log(`| | case | ${PROXIES.map(([name]) => name).join(' | ')} |`)
console.log(`|---|---|${PROXIES.map(() => '---|').join('')}`)
for (const { n, name, cells } of rows) {
  console.log(`| ${n} | ${name.replaceAll('|', '\\|')} | ${cells.join(' | ')} |`)
}
for (const [index, [name]] of PROXIES.entries()) {
  const wrong = rows.filter(({ cells }) => cells[index]?.startsWith('**')).length
  console.log(`\n${name}: ${rows.length - wrong} of ${rows.length} as they must be`)
}

async function requestCells(start: Start): Promise<string[]> {
  const server = new NotingServer()
  const port = await server.start(serverAddress)
  const proxy = await start(await wiringTo(port))
  const cells: string[] = []
  for (const row of REQUEST_CASES) {
    const place = { host: proxy.address, port: proxy.port }
    const { allowed, outcome } = await runRequestCase(row, place, server, 65_536)
    cells.push(allowed ? outcome : `**${outcome}**`)
  }
  await proxy.stop()
  server.close()
  return cells
}

async function responseCells(start: Start): Promise<string[]> {
  const port = await freePort()
  const cells: string[] = []
  for (const row of RESPONSE_CASES) {
    const answer = { bytes: row.answer, closes: row.closes === true }
    const server = await answeringServer(answer, serverAddress, port)
    const proxy = await start(await wiringTo(port))
    const place = { host: proxy.address, port: proxy.port }
    const { allowed, details } = await runResponseCase(row, place, server.connections)
    cells.push(allowed ? 'right' : `**${details.replaceAll('|', '\\|')}**`)
    await proxy.stop()
    server.close()
  }
  return cells
}

async function wiringTo(serverPort: number): Promise<Wiring> {
  return {
    address: proxyAddress,
    port: await freePort(),
    duty: { mode: 'http', workers: 1 },
    servers: [{ address: serverAddress, port: serverPort }],
  }
}
