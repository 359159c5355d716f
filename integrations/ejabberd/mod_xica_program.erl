%% Runs the program `xica`, in whose hands all of ACME is. One at a time.
-module(mod_xica_program).

-export([get/2, renew/0, start_get/3, last/1]).

-include("logger.hrl").

-define(PATIENCE, 20 * 60 * 1000). % ms; a CA that lets wait for longer is asked again by the next renewal
-define(MAX_OUTPUT, 4096).

-type result() :: {ok | error, binary()}.
-type scope() :: global | binary(). % whose console it is: the whole server's, or a virtual host's

%% One certificate for these names. Returns when it is there, or why it isn't.
-spec get(scope(), [binary()]) -> result().
get(Scope, Names) ->
    Server = option(Scope, server),
    Given = [[<<"--server">>, Server] || Server =/= <<>>] ++ [option(Scope, get_options)],
    Words = [<<"get">>, Names, <<"--no-timer">>, <<"--proof">>, <<"xmpp">>, <<"--challenges">>, option(Scope, challenges),
             <<"--server-config">>, ejabberd_config:path(), Given],
    run(Scope, ["certificate for ", lists:join(", ", Names)], Words).

%% All that is due.
-spec renew() -> result().
renew() ->
    run(global, "renewal", [<<"renew">>]).

%% The same as get/2 without waiting; Done(Result) is called at the end.
-spec start_get(scope(), [binary()], fun((result()) -> any())) -> ok.
start_get(Scope, Names, Done) ->
    _ = spawn(fun() -> Done(get(Scope, Names)) end),
    ok.

%% How the last one ended that this console may know of, for people; <<>> before the first. A host's admins aren't told of other hosts.
-spec last(scope()) -> binary().
last(Scope) ->
    persistent_term:get({?MODULE, Scope}, <<>>).

%% What goes for the whole server has the options of the first host.
option(global, Name) -> option(hd(mod_xica_hosts:served()), Name);
option(Host, Name) -> gen_mod:get_module_opt(Host, mod_xica, Name).

run(Scope, What, Words) ->
    [Program | Before] = option(Scope, program),
    Config = option(Scope, config_dir),
    Options = [[<<"--config-dir">>, Config] || Config =/= <<>>],
    Result = alone(fun() -> execute(os:find_executable(binary_to_list(Program)), lists:flatten([Before, Words, Options])) end),
    ended(Scope, What, Result),
    Result.

%% Lets one caller of the node in at a time.
alone(Fun) ->
    case global:trans({?MODULE, self()}, Fun, [node()], 0) of
        aborted -> {error, <<"xica is at work already: try again in a minute">>};
        Result -> Result
    end.

execute(false, _) ->
    {error, <<"the program xica isn't there: see the option program of mod_xica">>};
execute(Path, Arguments) ->
    Port = open_port({spawn_executable, Path}, [{args, Arguments}, exit_status, stderr_to_stdout, binary, in, hide]),
    Timer = erlang:start_timer(?PATIENCE, self(), Port),
    Result = collect(Port, Timer, <<>>),
    _ = erlang:cancel_timer(Timer),
    Result.

collect(Port, Timer, Text) ->
    receive
        {Port, {data, More}} -> collect(Port, Timer, tail(<<Text/binary, More/binary>>));
        {Port, {exit_status, 0}} -> {ok, string:trim(Text)};
        {Port, {exit_status, _}} -> {error, string:trim(Text)};
        {timeout, Timer, Port} ->
            true = port_close(Port),
            {error, <<"xica took too long">>}
    end.

tail(Text) when byte_size(Text) > ?MAX_OUTPUT -> binary_part(Text, byte_size(Text), -?MAX_OUTPUT);
tail(Text) -> Text.

ended(Scope, What, {ok, _}) ->
    ejabberd_pkix:commit(),
    ?INFO_MSG("~ts: worked", [What]),
    remember(Scope, [What, ": worked"]);
ended(Scope, What, {error, Why}) ->
    ?ERROR_MSG("~ts: ~ts", [What, Why]),
    remember(Scope, [What, ": failed: ", Why]).

remember(Scope, How) ->
    {{Year, Month, Day}, {Hour, Minute, _}} = calendar:universal_time(),
    At = io_lib:format("~4..0B-~2..0B-~2..0B ~2..0B:~2..0B UTC, ", [Year, Month, Day, Hour, Minute]),
    Text = unicode:characters_to_binary([At, How]),
    [persistent_term:put({?MODULE, Whose}, Text) || Whose <- lists:usort([global, Scope])],
    ok.
