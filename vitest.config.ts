import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Whole demos: what they measure would be the other tests' noise, so they run alone, last. */
const STORY = 'test/demo/story.test.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/counts-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Tests that start engines and browsers share two cores with everything else.
    maxWorkers: 2,
    // The tests start processes of the same source again and again: what Node made of it is kept (user time of e2e/serve: 26 to 20 s).
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: [STORY],
          globalSetup: ['./test/support/unleash-global.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'story', include: [STORY], sequence: { groupOrder: 1 } } },
    ],
  },
});
