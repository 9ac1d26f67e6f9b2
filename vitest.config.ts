import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{lib,components}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        // Beside its subject too, but with processes or passwords, whose cost is their point.
        test: {
          name: 'integration',
          include: ['{lib,components}/**/*.integration.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['e2e/stack/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
