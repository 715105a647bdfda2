export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // A hang must end; a night that a busy machine lives through slowly must not be taken for one.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  // jest leaves a core to itself, which on two is half of them; its own process hardly works.
  maxWorkers: '100%',
  // Tests that say so run beside each other: they mostly wait.
  maxConcurrency: 12,
  testSequencer: './jest-order.js',
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
};
