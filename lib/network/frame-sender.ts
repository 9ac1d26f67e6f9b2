import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { contain } from '#lib/process/faults.ts'
import { ARP_FRAME_BYTES } from './arp-frames.ts'
import { oneLine, PROGRAM_ENVIRONMENT, programPath } from './programs.ts'

const SCRIPT = new URL('send-frames.pl', import.meta.url).pathname

type Batch = { count: number; resolve(): void; reject(error: Error): void }

/** Sends ARP frames through a packet socket, in order. */
export class FrameSender {
  readonly #device: string
  #child: ChildProcessWithoutNullStreams | null = null
  #waiting: Batch[] = []
  #output = ''
  #errors = ''

  constructor(device: string) {
    this.#device = device
  }

  /** Starts its process, so that the first frames needn't wait for that. */
  open(): void {
    this.#child ??= this.#start()
  }

  /**
   * @param frames one after the other
   * @throws Error, by rejection, if not all were sent
   */
  send(frames: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const count = frames.length / ARP_FRAME_BYTES
      const head = Buffer.alloc(4)
      head.writeUInt32BE(count)
      this.open()
      this.#waiting.push({ count, resolve, reject })
      this.#child?.stdin.write(head)
      this.#child?.stdin.write(frames)
    })
  }

  close(): void {
    const child = this.#child
    this.#child = null
    child?.kill()
  }

  #start(): ChildProcessWithoutNullStreams {
    const index = readFileSync(`/sys/class/net/${this.#device}/ifindex`, 'utf8').trim()
    const args = [SCRIPT, index, String(ARP_FRAME_BYTES)]
    const child = spawn(programPath('perl'), args, { env: PROGRAM_ENVIRONMENT })
    this.#output = ''
    this.#errors = ''
    const ended = contain('process', () => this.#onEnd(child))
    child.on('error', ended)
    child.on('close', ended)
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => {
        this.#errors += text
      }),
    )
    child.stdout.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => this.#onOutput(child, text)),
    )
    return child
  }

  #onOutput(child: ChildProcessWithoutNullStreams, text: string): void {
    if (child !== this.#child) return
    const lines = (this.#output + text).split('\n')
    this.#output = lines.pop() ?? ''
    for (const line of lines) {
      const [sent, ...error] = line.split(' ')
      const batch = this.#waiting.shift()
      if (!batch) return
      if (Number(sent) === batch.count) batch.resolve()
      else {
        batch.reject(new Error(`${sent} of ${batch.count} frames were sent: ${error.join(' ')}`))
        // The next one binds to the interface as it is then.
        if (this.#waiting.length === 0) this.close()
      }
    }
  }

  #onEnd(child: ChildProcessWithoutNullStreams): void {
    if (child !== this.#child) return
    this.#child = null
    const waiting = this.#waiting
    this.#waiting = []
    const reason = oneLine(this.#errors) || 'the process that sends them has ended'
    for (const { reject } of waiting) reject(new Error(`No ARP frames can be sent: ${reason}.`))
  }
}
