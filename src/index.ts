/** The door for programs: the SDK of a space, and what runs outside workflows. Definitions come from `mabeam/workflows`. */
export { defineEvaluator } from '../activities/evaluator-definition';
export type { Evaluate, Evaluated, Evaluation, EvaluatorDefinition } from '../activities/evaluator-definition';
export { connectFromOutside as connect } from './client/outside';
export type { ConnectOptions, Space } from './client/index';
export type { SpaceHealth } from './contracts/health';
export type { AgentHandle, Agents, AgentStartOptions } from './client/agents';
export type { SessionStanding } from './client/keep-alive';
export type {
  AcquireAllOptions,
  AcquireOptions,
  HeldLock,
  HeldLocks,
  LockHandle,
  Locks,
  Semaphores,
} from './client/locks';
export type { Session, SessionOptions, Sessions } from './client/sessions';
export type { CandidacyOptions, ElectionEvent } from './client/candidacy';
export type { Campaigned, CampaignOptions, ElectionHandle, Observed } from './client/election-handle';
export type { Act, Elections, LeadAgain } from './client/elections';
export type { ElectionListener, Latch } from './client/latch';
export type { Leadership, LostBecause } from './client/leadership';
export type { BarrierRequests } from './client/barrier-requests';
export type {
  Arrival,
  BarrierHandle,
  BarrierLook,
  BarrierOptions,
  Barriers,
  BarrierWaitOptions,
  DoubleBarrierHandle,
  EnterOptions,
  Inside,
  Party,
  Passed,
  PhaserHandle,
} from './client/barriers';
export type { BarrierView, BreakReason } from './contracts/coordination/barrier';
export type { BallotHandle, Ballots, OpenOptions, Said, VoteOptions } from './client/ballots';
export type { BallotRequest, BallotView, Tally, WhatIf } from './contracts/coordination/ballot';
export type { CounterHandle, CounterReading } from './client/counter-handle';
export type { Counters } from './client/counters';
export type { Groups, WatchOptions } from './client/groups';
export type { ReadOptions } from './client/last-seen';
export type { StripedCounterHandle, SummedReading } from './client/striped-counter';
export type { SharedValues, ValueHandle, ValueReading } from './client/values';
export type { Counted, CounterSpec, CounterView, IdRange } from './contracts/coordination/counter';
export type { GroupChange, GroupNews, GroupRow, Marks, Member, MemberFilter } from './contracts/groups';
export type { Compared, Replaced, ValueView } from './contracts/coordination/value';
export { createHttpReads } from './client/http-reads';
export { createHttpSubscriptions } from './client/http-subscriptions';
export { createHttpTopics } from './client/http-topics';
export type {
  DeadLetter,
  PublishOptions,
  SubscribeOptions,
  TopicHandler,
  Topics,
  TopicWatchOptions,
} from './client/topics';
export type { Delivery, Published, PublishedAt, TopicInfo, TopicItem } from './contracts/coordination/topic';
export type { ReportOptions } from './client/study-report';
export type {
  StopOptions,
  Studies,
  StudyHandle,
  StudyOptions,
  StudyProposeOptions,
  StudyStartOptions,
} from './client/optimisation';
export type { ConsumeOptions, Handled, Handler, Subscriptions } from './client/subscriptions';
export type {
  NewChild,
  StartedChild,
  SupervisorHandle,
  Supervisors,
  SupervisorStartOptions,
} from './client/supervisors';
export type { SupervisionTree, TreeNode } from './client/supervision-tree';
export type { CallOptions } from './client/temporal';
export type {
  CommittedChange,
  ProposeOptions,
  Proposing,
  Reading,
  VariableSetHandle,
  VariableSets,
} from './client/variable-sets';
export { isPlatformError, PlatformError } from './contracts/errors';
export type { ErrorCode, Refusal } from './contracts/errors';
export { createFence } from './fencing/fence';
export type { Fence } from './fencing/fence';
export { heldToken } from './fencing/held';
export { admitRequest, FENCING_HEADER, fencingHeaders } from './fencing/http';
export { FENCE_TABLE, withFence } from './fencing/postgres';
export type { Sql } from './fencing/postgres';
export { openConfiguration } from './configuration/configuration';
export type { Configuration, ConfigurationOptions } from './configuration/configuration';
export { field } from './configuration/fields';
export type { Field } from './configuration/fields';
export type { FieldChange, LiveSource, Setting } from './contracts/configuration';
export { lastKnown } from './resilience/fallback';
export type { Answer, Fallback } from './resilience/fallback';
export { defineSimulation } from './simulation/simulation';
export type {
  Draw,
  Invariant,
  Person,
  SimulatedAgent,
  Simulation,
  SimulationSpec,
  Team,
} from './simulation/simulation';
export type { Outcome as Simulated } from './simulation/client';
export type { HeldLock as SimulatedLock } from './simulation/lock-user';
export type { Act as SimulatedAct } from './simulation/process';
export { judge } from './resilience/outcome';
export { isCallRefused } from './resilience/refused';
export { protect, targets } from './resilience/targets';
export type { Protected, ProtectedWithFallback, ProtectOptions, RunOptions } from './resilience/targets';
export type { SavedBreaker, TargetState } from './contracts/resilience';
export type { CausalEvent, Causality, PathEvent, Stamp } from './contracts/causality';
export type { StoredEvent } from './contracts/event-store';
export type { Asked, AskedTrial, AskRequest, TellReply, TellVerdict, Told } from './contracts/optimisation/asking';
export { importStudy, readOptunaJournal, requestOfImport, type ImportedRequest } from './client/study-import';
export type { Attributes, AttributeValue } from './contracts/optimisation/attributes';
export type { OptunaStudy } from './contracts/optimisation/optuna';
export type { ImportedStudy, WarmStart } from './contracts/optimisation/warm-start';
export type { Importance } from './contracts/optimisation/importance';
export type { Lineage } from './contracts/optimisation/lineage';
export type { PrunerSpec, Reports } from './contracts/optimisation/pruning';
export type {
  EarlierTrial,
  ExportFormat,
  FinishedStudy,
  FrontTrial,
  Objective,
  ParetoFront,
  StudyFront,
  StudyRequest,
  StudyView,
  Trial,
  TrialLine,
} from './contracts/optimisation/study';
export type { ProposedBy, TeamMember, TeamRequest, TeamRule, TeamView } from './contracts/optimisation/team';
export type { ChildDecision, ChildWhy, ReadModels, Why } from './contracts/read-models';
export type { GroupInfo, GroupSettings, Message, ParkedMessage, SubscriptionStore } from './contracts/subscription';
export type { Verdict } from './contracts/variable-set';
