import { afterEach, describe, expect, test } from 'vitest'
import { exited } from '#lib/testing/control-plane/control-plane-process.ts'
import { Replicas } from '#lib/testing/control-plane/replicas.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { waitFor } from '#lib/testing/wait.ts'

/** The interval of events. Milliseconds. */
const EVENT_MS = 20
/** With time for a machine that is three times slower than it should be. */
const KILLED_MAX_MS = 3000
const HUNG_MAX_MS = 9000

/** How long a busy machine may take to send what was reported meanwhile. */
const CAUGHT_UP_MS = 240_000

let replicas: Replicas
afterEach(() => replicas.stop())

/** Failovers that are reported to all control planes, one after the other, and what the webhook gets of them. */
async function eventStream(count: number) {
  replicas = await Replicas.start(count)
  const times: number[] = []
  const receiver = await receiveWebhooks((response) => {
    times.push(performance.now())
    response.writeHead(204).end()
  })
  const [first] = replicas.all
  const lbId = first ? await replicas.notifiedLb(first, receiver.uri) : ''
  let sent = 0
  const timer = setInterval(() => {
    sent += 1
    replicas.reportFailover(lbId, sent)
  }, EVENT_MS)
  const numbers = () => receiver.received.map(({ event }) => event.failover?.gap_ms ?? 0)
  return {
    ids: () => receiver.received.map(({ headers }) => headers['webhook-id']),
    numbers,
    /** Waits for this many further deliveries. */
    more: (further: number) => {
      const before = times.length
      return waitFor('deliveries', () => times.length >= before + further)
    },
    /** The longest time without a delivery since a time. Milliseconds. */
    longestGap: (since: number) => {
      const later = times.filter((at) => at >= since)
      const gaps = later.map((at, index) => at - (later[index - 1] ?? since))
      return Math.round(Math.max(...gaps))
    },
    /** Stops, and waits until each event was delivered. @returns how many there were */
    finish: async () => {
      clearInterval(timer)
      await waitFor('all events', () => new Set(numbers()).size === sent, CAUGHT_UP_MS)
      await receiver[Symbol.asyncDispose]()
      return sent
    },
  }
}

/** The events that were delivered more than once. */
const repeated = (numbers: number[]) => [
  ...new Set(numbers.filter((one, at) => numbers.indexOf(one) !== at)),
]

describe.skipIf(missingPrograms('postgres'))('among three control planes', () => {
  test('another one leads when the leader is killed, hangs or stops, and no event is lost', {
    timeout: 400_000,
  }, async () => {
    const stream = await eventStream(3)
    await stream.more(20)
    /** The last event before each end of a leader, which may be repeated. */
    const unconfirmed: number[] = []

    const killed = await replicas.leader()
    let began = performance.now()
    killed.child.kill('SIGKILL')
    await exited(killed.child)
    unconfirmed.push(stream.numbers().at(-1) ?? 0)
    const second = await replicas.leader(killed)
    await stream.more(10)
    const afterKill = stream.longestGap(began)

    began = performance.now()
    second.child.kill('SIGSTOP')
    unconfirmed.push(stream.numbers().at(-1) ?? 0, (stream.numbers().at(-1) ?? 0) + 1)
    const third = await replicas.leader(second)
    await stream.more(10)
    const afterHang = stream.longestGap(began)
    // It wakes up, and does nothing more.
    second.child.kill('SIGCONT')
    await stream.more(20)

    began = performance.now()
    third.child.kill('SIGTERM')
    await exited(third.child)
    await replicas.leader(third)
    await stream.more(10)
    const afterStop = stream.longestGap(began)

    const sent = await stream.finish()
    const again = repeated(stream.numbers())
    process.stdout.write(
      `no delivery for ${afterKill} ms after a leader was killed, ${afterHang} ms after it hung, ${afterStop} ms after it stopped\n` +
        `${sent} events, repeated: ${again.length} of at most 2\n`,
    )
    expect(again.filter((one) => !unconfirmed.includes(one))).toEqual([])
    expect(again.length).toBeLessThanOrEqual(2)
    expect(afterKill).toBeLessThan(KILLED_MAX_MS)
    expect(afterHang).toBeLessThan(HUNG_MAX_MS)
    expect(afterStop).toBeLessThan(KILLED_MAX_MS)
    // Each failover was reported to all control planes. It was stored and is an event once, and a repetition has the same ID.
    expect(new Set(stream.ids()).size).toBe(sent)
    const [row] = await replicas.query<{ all: number; different: number }>(
      'select count(*)::int as all, count(distinct id)::int as different from failovers',
    )
    expect(row?.all).toBe(row?.different)
  })

  test('one leads again when the database was away', async () => {
    const stream = await eventStream(2)
    await stream.more(10)
    await replicas.server.kill()
    await replicas.server.start()
    const began = performance.now()
    await stream.more(10)
    process.stdout.write(
      `no delivery for ${stream.longestGap(began)} ms after the database was back\n`,
    )
    expect(stream.longestGap(began)).toBeLessThan(KILLED_MAX_MS)
    const leaders = await replicas.query<{ count: number }>(
      "select count(*)::int from pg_locks where locktype = 'advisory' and objid = 1179207021 and granted",
    )
    expect(leaders).toEqual([{ count: 1 }])
  })
})
