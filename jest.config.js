export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // A hang must end; a night that a busy machine lives through slowly must not be taken for one.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
};
