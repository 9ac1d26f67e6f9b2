import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exited, freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { type Mail, runMailServer } from '#lib/testing/control-plane/mail-server.ts'
import { type Replica, Replicas } from '#lib/testing/control-plane/replicas.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { startRsyslog } from '#lib/testing/programs/rsyslog.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { DEFAULT_RETENTION } from '../audit/retention.ts'

const PARIS = '/lb/v1/regions/fr-par'
const EVENT_MS = 250
/** How long a busy machine may take to send what was reported meanwhile. */
const CAUGHT_UP_MS = 120_000
/** Old lines of the audit log, more than are deleted in a transaction. */
const OLD_LINES = 20_000

/**
 * Three control planes, whose leaders are killed, hang and stop, while load balancers fail over and are renamed, and the audit log has old
 * lines.
 */
async function runThreeLeaders() {
  const hook = await receiveWebhooks()
  const mail = await runMailServer()
  const syslog = await startRsyslog('127.0.0.1', await freePort())
  const { port } = syslog
  const target = { transport: 'tcp' as const, host: '127.0.0.1', port, caFile: null }
  const smtp = { url: mail.url, from: 'fairlead@example.com' }
  const audit = { retention: DEFAULT_RETENTION, syslog: target }
  const replicas = await Replicas.start(3, { settings: { smtp, audit } })
  const [first] = replicas.all
  if (!first) throw new Error('no control plane')
  const post = (path: string, body: unknown) => replicas.call(first, 'POST', path, body)
  const subscribed = async (name: string, channel: object): Promise<string> => {
    const lb = await post(`${PARIS}/lbs`, { name })
    const { id } = await post(`${PARIS}/subscribers`, { name, ...channel })
    await post(`${PARIS}/lb/${lb.id}/subscribe`, { subscriber_id: id })
    return lb.id
  }
  const hooked = await subscribed('hooked', { webhook_config: { uri: hook.uri } })
  const mailed = await subscribed('mailed', { email_config: { email: 'ada@example.com' } })
  const renamed = await post(`${PARIS}/lbs`, { name: 'rename 0' })

  let failovers = 0
  let renames = 0
  const acknowledged: string[] = []
  const hung = new Set<Replica>()
  const work = () => {
    failovers += 1
    for (const lbId of [hooked, mailed]) replicas.reportFailover(lbId, failovers)
    renames += 1
    const name = `rename ${renames}`
    const answering = replicas.alive.filter((one) => !hung.has(one))
    const replica = answering[renames % answering.length]
    if (!replica) return
    replicas
      .call(replica, 'PUT', `${PARIS}/lbs/${renamed.id}`, { name })
      .then(() => acknowledged.push(name))
      // The control plane was killed.
      .catch(() => {})
  }
  const timer = setInterval(work, EVENT_MS)
  const failedOver = () => hook.received.filter(({ event }) => event.type === 'lb.failover')
  /** Waits until the next leader sends what has happened since. */
  const goesOn = async () => {
    const before = failedOver().length
    await waitFor('webhooks of the next leader', () => failedOver().length > before + 2)
  }

  const killed = await replicas.leader()
  await replicas.query(
    `insert into audit (at, sequence, last_at, event, kind, source, actor_kind, actor_name, actor_name_folded, count, feed_position, feed_count)
     select '2020-01-01T00:00:00.000Z', '', '2020-01-01T00:00:00.000Z', 'denied', 'denials', 'old', 'none', '', '', 1, '', 1
     from generate_series(1, ${OLD_LINES})`,
  )
  await goesOn()
  killed.child.kill('SIGKILL')
  await exited(killed.child)
  const second = await replicas.leader(killed)
  await goesOn()

  hung.add(second)
  second.child.kill('SIGSTOP')
  const third = await replicas.leader(second)
  await goesOn()
  second.child.kill('SIGCONT')
  hung.delete(second)

  hung.add(third)
  third.child.kill('SIGTERM')
  await exited(third.child)
  await goesOn()

  clearInterval(timer)
  const numbers = () => failedOver().map(({ event }) => event.failover?.gap_ms ?? 0)
  const mailsOfFailovers = () => mail.mails.filter((one) => textOf(one).includes('took over'))
  await waitFor('all webhooks', () => new Set(numbers()).size === failovers, CAUGHT_UP_MS)
  const mailsSent = () => new Set(mailsOfFailovers().map(messageId)).size
  await waitFor('all mails', () => mailsSent() === failovers, CAUGHT_UP_MS)
  const namesInSyslog = () =>
    syslog.messages().flatMap(({ data }) => /resourceName="(rename \d+)"/.exec(data)?.[1] ?? [])
  await waitFor('all audit lines', () => {
    const names = new Set(namesInSyslog())
    return acknowledged.every((name) => names.has(name))
  })
  return {
    ...{ replicas, hook, mail, syslog, failovers, acknowledged },
    stop: async () => {
      await replicas.stop()
      await Promise.all([hook[Symbol.asyncDispose](), mail[Symbol.asyncDispose](), syslog.remove()])
    },
  }
}

const missing = missingPrograms('postgres', 'rsyslogd')

describe.skipIf(missing)('while leaders are killed, hang and stop', () => {
  let ran: Awaited<ReturnType<typeof runThreeLeaders>>
  beforeAll(async () => {
    ran = await runThreeLeaders()
  }, 400_000)
  afterAll(() => ran?.stop())

  const repeatedAmong = (ids: string[]) => ids.length - new Set(ids).size

  test('no webhook and no mail is lost, and a repeated one has the same ID', () => {
    const { hook, mail, failovers } = ran
    const webhooks = hook.received.filter(({ event }) => event.type === 'lb.failover')
    const ids = webhooks.map(({ headers }) => String(headers['webhook-id']))
    expect(new Set(ids).size).toBe(failovers)
    const mails = mail.mails.filter((one) => textOf(one).includes('took over'))
    const messageIds = mails.map(messageId)
    expect(new Set(messageIds).size).toBe(failovers)
    process.stdout.write(
      `${failovers} failovers; repeated: ${repeatedAmong(ids)} webhooks, ${repeatedAmong(messageIds)} mails\n`,
    )
    // At most what was being sent, or was answered and not recorded yet, at the three ends of a leader.
    expect(repeatedAmong(ids)).toBeLessThanOrEqual(3)
    expect(repeatedAmong(messageIds)).toBeLessThanOrEqual(3)
  })

  test('syslog gets every audit line, in order, and repeats only whole batches', () => {
    const { syslog } = ran
    const lines = syslog.messages().flatMap(({ data }) => {
      const id = / id="(c\d+|[^"]+)"/.exec(data)?.[1]
      const name = /resourceName="rename (\d+)"/.exec(data)?.[1]
      return id && name ? [{ id, name: Number(name) }] : []
    })
    const firstOf = new Map<string, number>()
    lines.forEach(({ id }, at) => {
      if (!firstOf.has(id)) firstOf.set(id, at)
    })
    const numbers = [...firstOf.keys()].map((id) => Number(id.replace(/\D/g, '')))
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    const repeated = lines.length - firstOf.size
    process.stdout.write(`${firstOf.size} audit lines, repeated: ${repeated}\n`)
    // A batch has up to 100 lines, and was on its way at most at each end of a leader.
    expect(repeated).toBeLessThanOrEqual(300)
  })

  test('old audit lines are deleted, whoever began', async () => {
    const left = () =>
      ran.replicas.query<{ count: number }>("select count(*)::int from audit where source = 'old'")
    await expect.poll(left, { timeout: 30_000 }).toEqual([{ count: 0 }])
  })
})

const messageId = ({ text }: Mail) => /^Message-ID: (\S+)/im.exec(text)?.[1] ?? ''
/** In one line, without quoted-printable line breaks. */
const textOf = ({ text }: Mail) => text.replaceAll(/=\r?\n/g, '').replaceAll(/\s+/g, ' ')
