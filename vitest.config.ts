import { defineConfig } from 'vitest/config'

/** How long to wait for a state before the test fails; normally it takes much less. */
const expect = { poll: { timeout: 20_000 } }

const ROOMS = ['lib', 'components', 'e2e/test-run', 'e2e/matrix']
const UNIT = ROOMS.map((room) => `${room}/**/*.test.ts`)
const INTEGRATION = ROOMS.map((room) => `${room}/**/*.integration.test.ts`)

/** They measure a process's memory, which grows further while it waits for a processor. */
const OF_MEMORY = [
  'lib/control-plane/http/hostile-connections.integration.test.ts',
  'lib/control-plane/http/node-listener.integration.test.ts',
]

/** Where tests of the control plane open stores. */
const ON_POSTGRES = [
  'accounts/**/*.test.ts',
  'audit/**/*.test.ts',
  'authority/**/*.test.ts',
  'egress/**/*.test.ts',
  'failovers/**/*.test.ts',
  'http/**/*.test.ts',
  'live/**/*.test.ts',
  'nodes/**/*.test.ts',
  'notifications/**/*.test.ts',
  'placement/**/*.test.ts',
  'services/**/*.test.ts',
  'store/**/*.test.ts',
  'tokens/**/*.test.ts',
  'clock.test.ts',
]
/** Tests of the database's file itself. */
const ON_FILES_ONLY = [
  // A backup of the file is restored.
  'lib/control-plane/nodes/divergence/older-database.test.ts',
  // The demo's socket is beside its file.
  'lib/control-plane/http/demo-routes.test.ts',
  // Files that earlier versions wrote, and what is left in them of deleted secrets.
  'lib/control-plane/store/migrations.test.ts',
  'lib/control-plane/store/sealed-secrets.test.ts',
  // SQLite's own errors and SQL. Its store has the same contract as PostgreSQL's in `postgres-store.integration.test.ts`.
  'lib/control-plane/store/dialect/**',
]

export default defineConfig({
  test: {
    tags: [{ name: 'in-order', description: 'Tests that build on the ones before them.' }],
    environment: 'node',
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: UNIT,
          exclude: ['**/*.integration.test.ts'],
          // No test changes what its module or process share, so all files of a worker share one set of modules.
          isolate: false,
          testTimeout: 60_000,
          expect,
        },
      },
      {
        // Beside its subject too, but with processes or passwords, whose cost is their point.
        test: {
          name: 'integration',
          include: INTEGRATION,
          exclude: OF_MEMORY,
          // They wait for timers and other processes for almost half of their time.
          maxWorkers: 3,
          // vitest demands it of projects with numbers of workers of their own.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
        },
      },
      {
        // They measure latency and memory, so no third file runs beside them.
        test: {
          name: 'promises',
          include: ['e2e/promises/**/*.test.ts', ...OF_MEMORY],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
        },
      },
      {
        // Tests of the unit project, with their stores on PostgreSQL.
        test: {
          name: 'postgres',
          include: ON_POSTGRES.map((path) => `lib/control-plane/${path}`),
          exclude: ['**/*.integration.test.ts', ...ON_FILES_ONLY],
          globalSetup: 'lib/testing/control-plane/postgres-setup.ts',
          setupFiles: 'lib/testing/control-plane/use-postgres.ts',
          isolate: false,
          testTimeout: 60_000,
          expect,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['e2e/stack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect,
        },
      },
      {
        test: {
          name: 'clients',
          include: ['e2e/clients/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect,
          fileParallelism: false,
        },
      },
      {
        // Several machines in network namespaces.
        test: {
          name: 'cluster',
          include: ['e2e/cluster/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect,
          fileParallelism: false,
        },
      },
    ],
  },
})
