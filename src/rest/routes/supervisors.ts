import type { NewChild } from '../../client/supervisors';
import { PlatformError, refuse, type ErrorCode } from '../../contracts/errors';
import type { SupervisorSpec } from '../../contracts/supervisor';
import { changeSupervisor, noQuery, nothing, startChild, startSupervisor, stop } from '../requests/bodies';
import { given, param, route, type Context, type Route, type SupervisorDoor } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/supervisors';
const ONE = `${PATH}/{supervisor}`;
const CHILDREN = `${ONE}/children`;
const CHILD = `${CHILDREN}/{child}`;

/** It is not there, or it failed and says why. */
const GONE: readonly ErrorCode[] = [
  'supervisor-not-found',
  'child-start-failed',
  'invalid-supervisor',
  'unknown-definition',
  'supervisor-failed',
];
/** What every request to a supervisor may be refused with. */
const ASKED: readonly ErrorCode[] = [
  ...GONE,
  'invalid-message',
  'mailbox-full',
  'rate-limited',
  'store-behind',
  'state-too-large',
  'reply-forgotten',
];

async function supervisor(context: Context): Promise<SupervisorDoor> {
  return (await context.door()).supervisors.at(param(context, 'supervisor'));
}

const OF_SPECIFICATION = ['start', 'restart', 'significant', 'shutdown', 'type'];

/** A specification when it has a field that only those have; else a child of `simple_one_for_one`. The rule checks it. */
function childOf(body: Readonly<Record<string, unknown>>): NewChild {
  const came = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  const isSpec = OF_SPECIFICATION.some((name) => name in came);
  const child: object = isSpec ? { start: undefined, ...came } : came;
  return child;
}

/** Requests about one child. */
const ofOneChild: readonly Route[] = [
  route({
    method: 'get',
    path: `${CHILD}:why`,
    id: 'whyChild',
    answers: { 200: 'ChildWhy' },
    refuses: ['supervisor-not-found', 'child-not-found'],
    from: 'reads',
    query: noQuery,
    summary: 'The last decisions of a supervisor on a child: its failures, what was decided, and why',
    handle: async (context) => {
      const about = { supervisor: param(context, 'supervisor'), child: param(context, 'child') };
      return { status: 200, body: await context.reads().whyChild({ space: context.space, ...about }) };
    },
  }),
  route({
    method: 'post',
    path: `${CHILD}:restart`,
    id: 'restartChild',
    answers: { 200: 'StartedChild' },
    refuses: [
      ...ASKED,
      'child-not-found',
      'child-running',
      'child-restarting',
      'child-quarantined',
      'not-for-dynamic-children',
    ],
    from: 'temporal',
    body: nothing,
    summary: 'Starts a child that does not run; OTP: restart_child',
    handle: async (context) => ({
      status: 200,
      body: await (await supervisor(context)).restartChild(param(context, 'child'), context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${CHILD}:terminate`,
    id: 'terminateChild',
    answers: { 200: 'Stopped' },
    refuses: [...ASKED, 'child-not-found'],
    from: 'temporal',
    body: nothing,
    summary: 'Stops a child within its time and keeps its specification; OTP: terminate_child',
    handle: async (context) => {
      await (await supervisor(context)).terminateChild(param(context, 'child'), context.how);
      return { status: 200, body: { stopped: true } };
    },
  }),
  route({
    method: 'post',
    path: `${CHILD}:release`,
    id: 'releaseChild',
    answers: { 200: 'StartedChild' },
    refuses: [...ASKED, 'child-not-found', 'child-running', 'child-restarting', 'child-not-quarantined'],
    from: 'temporal',
    body: nothing,
    summary: 'Lets a child out of quarantine and starts it',
    handle: async (context) => ({
      status: 200,
      body: await (await supervisor(context)).releaseChild(param(context, 'child'), context.how),
    }),
  }),
  route({
    method: 'delete',
    keyed: true,
    path: CHILD,
    id: 'deleteChild',
    answers: { 204: null },
    refuses: [...ASKED, 'child-not-found', 'child-running', 'child-restarting', 'not-for-dynamic-children'],
    from: 'temporal',
    query: noQuery,
    summary: 'Forgets the specification of a child that does not run; OTP: delete_child',
    handle: async (context) => {
      await (await supervisor(context)).deleteChild(param(context, 'child'), context.how);
      return { status: 204 };
    },
  }),
  route({
    method: 'get',
    path: CHILD,
    id: 'getChild',
    answers: { 200: 'SupervisedChild' },
    refuses: [...GONE, 'child-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'The specification of a child and how it stands; OTP: get_childspec',
    handle: async (context) => {
      const [id, name] = [param(context, 'child'), param(context, 'supervisor')];
      const child = (await (await supervisor(context)).view()).children.find((each) => each.id === id);
      if (child !== undefined) return { status: 200, body: child };
      throw new PlatformError(
        refuse('child-not-found', `${name} has no child ${id}`, { details: { otp: 'not_found' } }),
      );
    },
  }),
];

/** Requests about a supervisor and all of its children. */
const ofOne: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:stop`,
    id: 'stopSupervisor',
    answers: { 200: 'Stopped' },
    refuses: ['supervisor-not-found'],
    from: 'temporal',
    body: stop,
    summary: 'Stops the children in reverse, each within its time, then the supervisor',
    handle: async (context) => {
      await (await supervisor(context)).stop(context.body.reason, context.how);
      return { status: 200, body: { stopped: true } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:change`,
    id: 'changeSupervisor',
    answers: { 200: 'Changed' },
    refuses: ASKED,
    from: 'temporal',
    body: changeSupervisor,
    summary: 'New flags and specifications without side effects: what runs, runs on; OTP: code_change',
    handle: async (context) => {
      await (await supervisor(context)).change(context.body as SupervisorSpec, context.how);
      return { status: 200, body: { changed: true } };
    },
  }),
  route({
    method: 'post',
    path: CHILDREN,
    id: 'startChild',
    answers: { 201: 'StartedChild' },
    refuses: [...ASKED, 'child-already-started', 'child-already-present', 'limit-reached'],
    from: 'temporal',
    body: startChild,
    summary: 'Adds a child and starts it, or one more of simple_one_for_one; OTP: start_child',
    handle: async (context) => {
      const started = await (await supervisor(context)).startChild(childOf(context.body), context.how);
      const path = `/v1/spaces/${context.space}/supervisors/${param(context, 'supervisor')}/children/${started.id}`;
      return { status: 201, body: started, headers: { Location: path } };
    },
  }),
  route({
    method: 'get',
    path: CHILDREN,
    id: 'listChildren',
    answers: { 200: 'Children' },
    refuses: GONE,
    from: 'temporal',
    query: noQuery,
    summary: 'The children in start order, and how many of which sort; OTP: which_children, count_children',
    handle: async (context) => {
      const { children: items, counts } = await (await supervisor(context)).view();
      return { status: 200, body: { items, counts } };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getSupervisor',
    answers: { 200: 'Supervisor' },
    refuses: GONE,
    from: 'temporal',
    query: noQuery,
    summary: 'Strategy, children and how they stand, restarts that count now, the last decisions with their reasons',
    handle: async (context) => {
      const view = await (await supervisor(context)).view();
      return { status: 200, body: { name: param(context, 'supervisor'), ...view } };
    },
  }),
];

/** Supervisors: start, look, stop, change, their children, why, lists. */
export const supervisorRoutes: readonly Route[] = [
  ...ofOneChild,
  ...ofOne,
  route({
    method: 'post',
    path: PATH,
    id: 'startSupervisor',
    answers: { 201: 'Supervisor' },
    refuses: [...GONE, 'already-exists', 'state-too-large'],
    from: 'temporal',
    body: startSupervisor,
    summary: 'Starts a supervisor and its children, in order; answered when all have started',
    handle: async (context) => {
      const { name, definition, spec, sweepMs } = context.body;
      const options = { ...given('sweepMs', sweepMs), ...given('requestId', context.how.requestId) };
      const what = definition ?? (spec as SupervisorSpec);
      const view = await (await (await context.door()).supervisors.start(name, what, options)).view();
      const headers = { Location: `/v1/spaces/${context.space}/supervisors/${name}` };
      return { status: 201, body: { name, ...view }, headers };
    },
  }),
  listRoute('supervisor', { path: PATH, id: 'listSupervisors', summary: 'Supervisors, from the read model' }),
];
