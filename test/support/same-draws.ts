// For mutation testing: fast-check draws the same in every run, so that a mutant is noticed each time or never.
import fc from 'fast-check';

fc.configureGlobal({ seed: 20, endOnFailure: true });
