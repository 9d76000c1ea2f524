import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/unleash-global.ts'],
    reporters: ['default', './test/support/counts-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Tests that start engines and browsers share two cores with everything else.
    maxWorkers: 2,
  },
});
