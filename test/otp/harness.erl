%% The Erlang side of the differential test: runs sequences on the real `supervisor` of OTP and tells what happened.
%%
%% Requests come on file descriptor 3, answers go to 4, each a packet of 4 bytes length and text: an Erlang term in, JSON out.
%% One controller process runs a sequence. The trees' processes have priority high and there is one scheduler (`erl +S 1:1`):
%% the controller runs only when no process of the tree can; it then looks where each of them waits. So "nothing more happens"
%% is certain, and nothing sleeps.
-module(harness).
-behaviour(supervisor).
-export([main/0, init/1, start/3]).

main() ->
    Port = open_port({fd, 3, 4}, [binary, {packet, 4}]),
    logger:set_primary_config(level, none),
    serve(Port).

serve(Port) ->
    receive
        {Port, {data, Bytes}} ->
            {ok, Tokens, _} = erl_scan:string(binary_to_list(Bytes) ++ "."),
            {ok, Request} = erl_parse:parse_term(Tokens),
            Main = self(),
            case Request of
                %% Sequences that wait run side by side, the others one after the other.
                {run, Number, Sequence} ->
                    {Pid, Monitor} = spawn_monitor(fun() -> Main ! {done, Number, sequence(Sequence)} end),
                    Waits = lists:any(fun(#{event := #{do := Do}}) -> Do =:= wait end, maps:get(steps, Sequence)),
                    Waits orelse await(Port, Number, Pid, Monitor);
                {check, Number, Specs, AutoShutdown} ->
                    reply(Port, Number, text(supervisor:check_childspecs(Specs, AutoShutdown)));
                {start_link, Number, Init} ->
                    process_flag(trap_exit, true),
                    reply(Port, Number, text(case supervisor:start_link(?MODULE, {given, Init}) of
                        {ok, Pid} -> unlink(Pid), exit(Pid, kill), ok;
                        {error, Reason} -> Reason
                    end))
            end,
            serve(Port);
        {done, Number, Trace} -> reply(Port, Number, Trace), serve(Port);
        {'DOWN', _, process, _, normal} -> serve(Port);
        {'DOWN', _, process, _, Reason} -> io:format(standard_error, "~0p~n", [Reason]), halt(1);
        {'EXIT', _, _} -> serve(Port);
        {Port, closed} -> halt(0)
    end.

await(Port, Number, Pid, Monitor) ->
    receive
        {done, Number, Trace} -> erlang:demonitor(Monitor, [flush]), reply(Port, Number, Trace);
        {'DOWN', Monitor, process, Pid, Reason} -> io:format(standard_error, "~0p~n", [Reason]), halt(1)
    end.

reply(Port, Number, Trace) -> port_command(Port, json([Number, Trace])).

json(Text) when is_atom(Text) -> [$", atom_to_list(Text), $"];
json(Text) when is_binary(Text) -> [$", Text, $"];
json(Number) when is_integer(Number) -> integer_to_list(Number);
json([]) -> "[]";
json(List) -> [$[, lists:join($,, [json(Each) || Each <- List]), $]].

text(Term) -> iolist_to_binary(string:replace(io_lib:format("~0p", [Term]), "\"", "'", all)).

%%% ---- the controller: one sequence -------------------------------------------------------------------------------------

-record(c, {table, sups = #{}, children = #{}, monitors = #{}, requests = gen_server:reqids_new(), hook = 0,
            during = #{}, trace = [], root, held = #{}}).

sequence(#{root := Root, during := During, scripts := Scripts, steps := Steps}) ->
    Table = ets:new(tree, [public]),
    ets:insert(Table, {scripts, Scripts}),
    ets:insert(Table, {controller, self()}),
    put_tree(Table, [], Root),
    Controller = self(),
    Parent = spawn_opt(fun() -> parent(Controller, Table) end, [{priority, high}]),
    C0 = settle(#c{table = Table, during = maps:from_list(During), root = Parent}),
    C1 = lists:foldl(fun step/2, snapshot(C0), Steps),
    Parent ! halt,
    ets:delete(Table),
    lists:reverse(C1#c.trace).

%% What a supervisor is made of stands in the table, so that init/1 can answer something else after a change.
put_tree(Table, Path, #{children := Children} = Node) ->
    ets:insert(Table, {{node, Path}, Node}),
    [put_tree(Table, Path ++ [Id], Sup) || #{id := Id, sup := Sup} <- Children, Sup =/= none].

parent(Controller, Table) ->
    process_flag(trap_exit, true),
    Controller ! {root, gen_start(Table, [])},
    parent_loop().

parent_loop() ->
    receive
        {stop, Pid, Reason} -> exit(Pid, Reason), parent_loop();
        halt -> exit(kill);
        _ -> parent_loop()
    end.

%% supervisor:start_link/2, with a priority.
gen_start(Table, Path) ->
    gen_server:start_link(supervisor, {self, ?MODULE, {Table, Path}}, [{spawn_opt, [{priority, high}]}]).

step(#{event := Event}, C) ->
    Next = settle(deliver(Event, C)),
    snapshot(log([step], Next)).

log(Entry, C) -> C#c{trace = [Entry | C#c.trace]}.

%% Serves the tree until nothing of it can run any more.
settle(C) ->
    erlang:yield(),
    receive
        {sup, Pid, Path} ->
            Monitor = erlang:monitor(process, Pid),
            Pid ! known,
            settle(C#c{sups = (C#c.sups)#{Path => Pid}, monitors = (C#c.monitors)#{Monitor => {sup, Path, Pid}}});
        {root, _} -> settle(C);
        {start, Pid, Path, Outcome} ->
            C1 = hook(log([start, path(Path), Outcome], C)),
            Pid ! go,
            settle(C1);
        {child, Pid, Path} ->
            Monitor = erlang:monitor(process, Pid),
            Pid ! known,
            settle(C#c{children = (C#c.children)#{Path => Pid},
                       monitors = (C#c.monitors)#{Monitor => {child, Path, Pid}}});
        {stopping, Pid, Path, Parallel} ->
            C1 = log([stop, path(Path)], C#c{held = (C#c.held)#{Pid => true}}),
            C2 = case Parallel of true -> C1; false -> hook(C1) end,
            Pid ! finish,
            settle(C2);
        {stubborn, Pid, Path} ->
            C1 = hook(log([stop, path(Path)], C#c{held = (C#c.held)#{Pid => true}})),
            Monitor = erlang:monitor(process, Pid),
            receive {'DOWN', Monitor, process, Pid, _} -> settle(C1) end;
        {'DOWN', Monitor, process, _, Reason} when is_map_key(Monitor, C#c.monitors) ->
            {Who, Monitors} = maps:take(Monitor, C#c.monitors),
            settle(down(Who, Reason, C#c{monitors = Monitors}));
        Message ->
            case gen_server:check_response(Message, C#c.requests, true) of
                {{reply, Answer}, Label, Requests} ->
                    settle(log([answer, Label, answer(Answer, C)], C#c{requests = Requests}));
                {{error, _}, Label, Requests} ->
                    settle(log([answer, Label, [stopped]], C#c{requests = Requests}));
                Other -> exit({unexpected, Message, Other})
            end
    after 0 ->
        case lists:all(fun is_waiting/1, maps:values(C#c.monitors)) of
            true -> receive Message -> self() ! Message, settle(C) after 0 -> C end;
            false -> settle(C)
        end
    end.

%% Whether a process waits for a message or for its children, not for some other server such as the code server. One that
%% ends does not wait: its 'DOWN' is still to come.
is_waiting({sup, _, Pid}) ->
    case process_info(Pid, [status, current_function]) of
        [{status, waiting}, {current_function, {Module, Function, _}}] ->
            lists:member({Module, Function},
                         [{gen_server, loop}, {supervisor, shutdown}, {supervisor, wait_dynamic_children},
                          {?MODULE, start_one}, {?MODULE, init}, {proc_lib, sync_start_link}]);
        _ -> false
    end;
is_waiting({child, _, Pid}) -> process_info(Pid, status) =:= {status, waiting}.

down({sup, Path, _}, Reason, C) -> log([exit, path(Path), reason(Reason)], C);
%% A brutal kill runs no code of the child, so that nothing can come in its middle: its end is all there is to see.
down({child, Path, Pid}, killed, C) when not is_map_key(Pid, C#c.held) -> log([stop, path(Path)], C);
down(_, _, C) -> C.

%% What the sequence wants to happen in the middle of the n-th start or stop.
hook(C) ->
    Number = C#c.hook,
    Events = maps:get(Number, C#c.during, []),
    lists:foldl(fun(Event, Each) -> settle(deliver(Event, Each)) end, C#c{hook = Number + 1}, Events).

deliver(#{do := wait, ms := Ms}, C) -> receive after Ms -> C end;
deliver(#{do := stop, reason := Reason}, C) ->
    case C#c.sups of
        #{[] := Pid} -> C#c.root ! {stop, Pid, Reason};
        _ -> ok
    end,
    C;
deliver(#{do := exit, path := Path, reason := Reason}, C) ->
    case C#c.children of
        #{Path := Pid} ->
            case Reason of
                killed -> exit(Pid, kill);
                'shutdown-term' -> Pid ! {die, {shutdown, t}};
                _ -> Pid ! {die, Reason}
            end,
            C#c{held = (C#c.held)#{Pid => true}};
        _ -> C
    end;
deliver(#{do := cut, path := Path}, C) ->
    case C#c.children of
        #{Path := Pid} -> Pid ! cut;
        _ -> ok
    end,
    C;
deliver(#{do := change, path := Path, request := Number, node := Node}, C) ->
    case C#c.sups of
        #{Path := Pid} -> log([answer, Number, change(C#c.table, Path, Pid, Node)], C);
        _ -> log([answer, Number, [stopped]], C)
    end;
deliver(#{do := call, path := Path, request := Number, call := Call}, C) ->
    case C#c.sups of
        #{Path := Pid} ->
            C#c{requests = gen_server:send_request(Pid, request(Call, Path, C), Number, C#c.requests)};
        _ -> log([answer, Number, [stopped]], C)
    end.

request(which_children, _, _) -> which_children;
request(count_children, _, _) -> count_children;
request([start_child, Spec], Path, C) ->
    case ets:lookup(C#c.table, {node, Path}) of
        [{_, #{strategy := simple_one_for_one}}] -> {start_child, [Spec]};
        _ -> {start_child, spec(C#c.table, Path, Spec)}
    end;
%% A dynamic child is named by its process: the last one of its key.
request([Call, Id], Path, C) ->
    case ets:lookup(C#c.table, {node, Path}) of
        [{_, #{strategy := simple_one_for_one}}] ->
            {Call, maps:get(Path ++ [Id], C#c.children, C#c.root)};
        _ -> {Call, Id}
    end.

change(Table, Path, Pid, Node) ->
    [{_, Before}] = ets:lookup(Table, {node, Path}),
    ets:insert(Table, {{node, Path}, Node}),
    case is_process_alive(Pid) of
        false -> [stopped];
        true ->
            ok = sys:suspend(Pid),
            Answer = sys:change_code(Pid, ?MODULE, undefined, []),
            ok = sys:resume(Pid),
            case Answer of
                ok -> [ok];
                {error, _} -> ets:insert(Table, {{node, Path}, Before}), [invalid]
            end
    end.

%% After each step: what every living supervisor says of its children.
snapshot(C) ->
    lists:foldl(
      fun({Path, Pid}, Each) ->
              case is_process_alive(Pid) of
                  true -> log([children, path(Path) | children(supervisor:which_children(Pid), C)], Each);
                  false -> Each
              end
      end, C, lists:sort(maps:to_list(C#c.sups))).

children(List, C) -> [[child_id(Id, Pid, C), status(Pid)] || {Id, Pid, _, _} <- lists:reverse(List)].

%% A dynamic child has no id in OTP: the key it was started with.
child_id(undefined, Pid, C) when is_pid(Pid) ->
    hd([lists:last(Path) || {Path, Each} <- maps:to_list(C#c.children), Each =:= Pid]);
child_id(undefined, restarting, _) -> dynamic;
child_id(Id, _, _) -> Id.

status(Pid) when is_pid(Pid) -> running;
status(undefined) -> none;
status(restarting) -> restarting.

answer([{specs, S}, {active, A}, {supervisors, Su}, {workers, W}], _) -> [counts, S, A, Su, W];
answer(List, C) when is_list(List) -> [children | children(List, C)];
answer(Answer, _) -> answer(Answer).

answer(ok) -> [ok];
answer({ok, undefined}) -> [ignored];
answer({ok, Pid}) when is_pid(Pid) -> [started];
answer({ok, #{restart := R, shutdown := S, type := T, significant := Sig}}) -> [spec, R, S, T, Sig];
answer({error, {already_started, _}}) -> [already_started];
answer({error, {Reason, Child}}) when element(1, Child) =:= child -> [failed, reason(Reason)];
answer({error, Reason}) when Reason =:= running; Reason =:= restarting; Reason =:= not_found;
                             Reason =:= already_present; Reason =:= simple_one_for_one -> [Reason];
answer({error, Reason}) -> [error, text(Reason), reason(Reason)].

%% Why a start failed or something ended, as our side writes it.
reason({shutdown, {failed_to_start_child, Id, Reason}}) ->
    iolist_to_binary([atom_to_list(Id), ": ", reason(Reason)]);
reason({'EXIT', Reason}) -> reason(Reason);
reason({shutdown, Term}) -> iolist_to_binary(["{shutdown,", atom_to_list(Term), "}"]);
reason(Reason) when is_atom(Reason) -> atom_to_binary(Reason);
reason(Reason) -> text(Reason).

path(Path) -> iolist_to_binary(lists:join("/", [atom_to_list(Id) || Id <- Path])).

%%% ---- the tree ---------------------------------------------------------------------------------------------------------

init({given, Init}) -> Init;
init({Table, Path}) ->
    [{_, #{strategy := S, intensity := I, period := P, autoShutdown := A, children := Children}}] =
        ets:lookup(Table, {node, Path}),
    %% A change calls init/1 again.
    case put(known, true) of
        undefined ->
            controller(Table) ! {sup, self(), Path},
            receive known -> ok end;
        true -> ok
    end,
    {ok, {#{strategy => S, intensity => I, period => P, auto_shutdown => A},
          [spec(Table, Path, Child) || Child <- Children]}}.

controller(Table) ->
    [{_, Pid}] = ets:lookup(Table, controller),
    Pid.

spec(Table, Path, #{id := Id, sup := Sup} = Child) ->
    Args = case ets:lookup(Table, {node, Path}) of
               [{_, #{strategy := simple_one_for_one}}] -> [Table, {dynamic, Path}];
               _ -> [Table, {listed, Path ++ [Id], Sup =/= none, stop(Child)}, none]
           end,
    (maps:with([restart, significant, shutdown, type], Child))#{id => Id, start => {?MODULE, start, Args}}.

stop(#{stops := How}) -> How;
stop(_) -> shutdown.

%% The start function: tells the controller and waits for its word, in the supervisor's process, as a slow start would.
start(Table, {dynamic, Path}, #{id := Id}) ->
    start_one(Table, Path ++ [Id], false, shutdown, true);
start(Table, {listed, Path, IsSup, How}, none) ->
    start_one(Table, Path, IsSup, How, false).

start_one(Table, Path, IsSup, How, Parallel) ->
    Outcome = next(Table, Path),
    Controller = controller(Table),
    Controller ! {start, self(), Path, Outcome},
    receive go -> ok end,
    case Outcome of
        ok when IsSup -> gen_start(Table, Path);
        ok ->
            Sup = self(),
            Pid = spawn_opt(fun() -> born(Controller, Sup, Path, How, Parallel) end, [link, {priority, high}]),
            receive {born, Pid} -> {ok, Pid} end;
        ignore -> ignore;
        error -> {error, oops};
        crash -> exit(boom)
    end.

%% The outcome of this try: as the script says, and well when the script is over.
next(Table, Path) ->
    Tries = ets:update_counter(Table, {tries, Path}, 1, {{tries, Path}, 0}),
    [{_, Scripts}] = ets:lookup(Table, scripts),
    Script = proplists:get_value(Path, Scripts, []),
    case Tries =< length(Script) of
        true -> lists:nth(Tries, Script);
        false -> ok
    end.

born(Controller, Sup, Path, How, Parallel) ->
    process_flag(trap_exit, true),
    Controller ! {child, self(), Path},
    receive known -> ok end,
    Sup ! {born, self()},
    worker(Controller, Sup, Path, How, Parallel).

worker(Controller, Sup, Path, How, Parallel) ->
    receive
        {die, Reason} -> exit(Reason);
        cut -> unlink(Sup), worker(Controller, Sup, Path, How, Parallel);
        {'EXIT', Sup, shutdown} when How =:= stubborn ->
            Controller ! {stubborn, self(), Path},
            stubborn();
        {'EXIT', Sup, shutdown} ->
            Controller ! {stopping, self(), Path, Parallel},
            receive
                finish -> exit(How);
                {die, Reason} -> exit(Reason)
            end;
        {'EXIT', _, Reason} -> exit(Reason)
    end.

stubborn() -> receive {die, Reason} -> exit(Reason); _ -> stubborn() end.
