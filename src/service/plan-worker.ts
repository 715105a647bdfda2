// The thread in which plans are searched for: a question in, its answer out.
import { parentPort } from 'node:worker_threads';
import { answerTo } from '../core/plan-question.ts';
import { messageOf } from '../model/outcome.ts';
import type { Searched, SearchTask } from './plan-thread.ts';

parentPort?.on('message', ({ number, question }: SearchTask) => {
  parentPort?.postMessage(searched(number, question));
});

function searched(number: number, question: SearchTask['question']): Searched {
  try {
    return { number, answer: answerTo(question) };
  } catch (error) {
    return { number, wrong: messageOf(error) };
  }
}
