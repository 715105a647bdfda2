// Every parser that is fuzzed, in the order of the table.
import type { FuzzParser } from '../parser.ts';
import { antminerAnswers } from './antminer.ts';
import { auradineAnswers } from './auradine.ts';
import { avalonLook, text4028 } from './avalon.ts';
import { config } from './config.ts';
import { controlCommand, controlQuery, controlRig } from './control.ts';
import { elphapexAnswers } from './elphapex.ts';
import { epicAnswers } from './epic.ts';
import { gpuAnswer, sshComplaint } from './gpu-rigs.ts';
import { axeosAnswer, braiinsAnswer, braiinsGraphql } from './http-rigs.ts';
import { journalFolder, journalRecord } from './journal.ts';
import { maraAnswers } from './mara.ts';
import { nerdqaxeAnswers } from './nerdqaxe.ts';
import { httpChallenge, shellyAnswer, tasmotaAnswer } from './network-switches.ts';
import { nutLine, nutReply, nutSession } from './nut.ts';
import { webhookAnswer } from './pages.ts';
import { answer4028, cgminerLook, luxosLook, request4028, teamredminerLook } from './port-4028.ts';
import { rigCommand, switchCommand, upsCommand, upsmonConf } from './programs.ts';
import { scanAnswer } from './scan.ts';
import { sealminerAnswers } from './sealminer.ts';
import { kmtronicState, modbusAnswer, numatoReply } from './serial-boards.ts';
import { settingsTold } from './settings.ts';
import { trexAnswer } from './trex.ts';
import { vnishAnswers } from './vnish.ts';
import { whatsminerFrame, whatsminerV2Look, whatsminerV2Order, whatsminerV3Look } from './whatsminer.ts';
import { xmrigAnswer } from './xmrig.ts';

export const parsers: readonly FuzzParser[] = [
  ...[nutLine, nutReply, nutSession, answer4028, luxosLook, cgminerLook, request4028, config, journalRecord, journalFolder],
  ...[controlCommand, controlRig, controlQuery, upsCommand, rigCommand, switchCommand, upsmonConf],
  ...[httpChallenge, shellyAnswer, tasmotaAnswer],
  ...[modbusAnswer, kmtronicState, numatoReply],
  ...[antminerAnswers, elphapexAnswers, vnishAnswers, maraAnswers],
  ...[whatsminerV2Look, whatsminerV2Order, whatsminerFrame, whatsminerV3Look],
  ...[axeosAnswer, nerdqaxeAnswers, braiinsAnswer, braiinsGraphql, epicAnswers, auradineAnswers, sealminerAnswers],
  ...[text4028, avalonLook, teamredminerLook, trexAnswer, xmrigAnswer],
  ...[gpuAnswer, sshComplaint, webhookAnswer, scanAnswer, settingsTold],
];
