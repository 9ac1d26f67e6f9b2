import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { describeTraffic } from '#lib/testing/control-plane/traffic-contract.ts'
import { TrafficFile } from './traffic-file.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

const openFile = async () => new TrafficFile(join(directories.at(-1) ?? '', 'traffic.db'))

describeTraffic('the history of traffic in a file', {
  create: () => {
    directories.push(mkdtempSync(join(tmpdir(), 'fairlead-traffic-')))
    return openFile()
  },
  reopen: openFile,
  deleteLb: async () => {},
})
