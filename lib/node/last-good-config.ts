import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { fileProblem } from '#lib/process/file-problem.ts'
import { DesiredConfig } from '#lib/protocol/desired-config.ts'

const SUFFIX = '.json'
/** The interval of retries of failed writes. Milliseconds. */
const RETRY_MS = 1000

/** A configuration that was in effect before this process started, and since when. */
export type LastGoodConfig = { config: DesiredConfig; appliedAt: Date }

/** The last good configuration of each load balancer, one file each. A node starts from them without the control plane. */
export class LastGoodConfigs {
  readonly #directory: string
  readonly #log: Logger
  readonly #onChange: (lbId: string) => void
  readonly #retryMs: number
  /** The write in progress of each load balancer, so that they happen in order. */
  readonly #writes = new Map<string, Promise<void>>()
  /** Configurations in effect that could not be saved, and why. */
  readonly #unsaved = new Map<string, { config: DesiredConfig; reason: string }>()
  #retry: NodeJS.Timeout | null = null

  /** @param onChange called when a load balancer's configuration can't be written, and when it is written after all */
  constructor(
    directory: string,
    log: Logger,
    onChange: (lbId: string) => void = () => {},
    retryMs = RETRY_MS,
  ) {
    this.#directory = directory
    this.#log = log
    this.#onChange = onChange
    this.#retryMs = retryMs
  }

  /** Reads all of them. A file that can't be read is logged and left out. */
  async load(): Promise<LastGoodConfig[]> {
    const names = await this.#names()
    const loaded = await Promise.all(
      names.filter((name) => name.endsWith(SUFFIX)).map((name) => this.#read(name)),
    )
    return loaded.filter((one) => one !== null)
  }

  /** @throws Error for people if the directory can't be created or read */
  async #names(): Promise<string[]> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      return await readdir(this.#directory)
    } catch (error) {
      throw new Error(fileProblem(error, this.#directory), { cause: error })
    }
  }

  /**
   * Replaces a load balancer's file atomically. A failed write does not affect traffic, and is retried until it succeeds.
   */
  save(config: DesiredConfig): Promise<void> {
    return this.#inOrder(config.lb_id, () => this.#trySave(config))
  }

  forget(lbId: string): Promise<void> {
    return this.#inOrder(lbId, async () => {
      this.#unsaved.delete(lbId)
      await rm(this.#path(lbId), { force: true })
    })
  }

  /** Why the configuration in effect could not be saved; undefined if it was. */
  saveError(lbId: string): string | undefined {
    return this.#unsaved.get(lbId)?.reason
  }

  /** Resolves when all writes have succeeded or failed, and stops trying again. */
  async settled(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry)
    await Promise.all(this.#writes.values())
  }

  #inOrder(lbId: string, action: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(lbId) ?? Promise.resolve()
    const done = this.#after(before, lbId, action)
    this.#writes.set(lbId, done)
    return this.#forgetWhenDone(lbId, done)
  }

  async #after(before: Promise<void>, lbId: string, action: () => Promise<void>): Promise<void> {
    await before
    try {
      await action()
    } catch (error) {
      this.#log.error({ err: error, lb_id: lbId }, "the last good configuration can't be saved")
    }
  }

  async #forgetWhenDone(lbId: string, done: Promise<void>): Promise<void> {
    await done
    if (this.#writes.get(lbId) === done) this.#writes.delete(lbId)
  }

  async #read(name: string): Promise<LastGoodConfig | null> {
    const path = join(this.#directory, name)
    try {
      const config = DesiredConfig.parse(JSON.parse(await readFile(path, 'utf8')))
      // It was saved as soon as it was in effect.
      return { config, appliedAt: (await stat(path)).mtime }
    } catch (error) {
      this.#log.error({ err: error, file: name }, "a last good configuration can't be read")
      return null
    }
  }

  async #trySave(config: DesiredConfig): Promise<void> {
    const { lb_id: id } = config
    try {
      await this.#write(config)
      if (this.#unsaved.delete(id)) this.#onChange(id)
    } catch (error) {
      const isNew = !this.#unsaved.has(id)
      this.#unsaved.set(id, { config, reason: reasonOf(error as NodeJS.ErrnoException) })
      this.#retryLater()
      if (!isNew) return
      this.#onChange(id)
      throw error
    }
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(this.#onRetry, this.#retryMs)
  }

  readonly #onRetry = contain(
    'last good configuration',
    () => {
      this.#retry = null
      // Before its retry, a configuration may have been saved or removed.
      const retried = [...this.#unsaved.keys()].map((id) =>
        this.#inOrder(id, async () => {
          const unsaved = this.#unsaved.get(id)
          if (unsaved) await this.#trySave(unsaved.config)
        }),
      )
      detach('last good configuration', () => Promise.all(retried))
    },
    () => {
      this.#retry = null
      this.#retryLater()
    },
  )

  async #write(config: DesiredConfig): Promise<void> {
    const path = this.#path(config.lb_id)
    const draft = `${path}.draft`
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(config))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await this.#syncDirectory()
  }

  /** Makes the rename survive a power cut. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  /** IDs come from the control plane; encoded, none can lead out of the directory. */
  #path(lbId: string): string {
    return join(this.#directory, encodeURIComponent(lbId).replaceAll('.', '%2E') + SUFFIX)
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOSPC' ? 'the disk is full' : message
}
