%% Runs the program `xica`, in whose hands all of ACME is. One at a time.
-module(mod_xica_program).

-export([get/2, renew/1, start_get/3, last/0]).

-include("logger.hrl").

-define(PATIENCE, 20 * 60 * 1000). % ms; a CA that lets wait for longer is asked again by the next renewal
-define(MAX_OUTPUT, 4096).

-type result() :: {ok | error, binary()}.

%% One certificate for these names, with the options of the module on Host. Returns when it is there, or why it isn't.
-spec get(binary(), [binary()]) -> result().
get(Host, Names) ->
    Server = gen_mod:get_module_opt(Host, mod_xica, server),
    Given = [[<<"--server">>, Server] || Server =/= <<>>] ++ [gen_mod:get_module_opt(Host, mod_xica, get_options)],
    Challenges = gen_mod:get_module_opt(Host, mod_xica, challenges),
    Words = [<<"get">>, Names, <<"--proof">>, <<"xmpp">>, <<"--challenges">>, Challenges, Given],
    run(Host, ["certificate for ", lists:join(", ", Names)], Words).

%% All that is due.
-spec renew(binary()) -> result().
renew(Host) ->
    run(Host, "renewal", [<<"renew">>]).

%% The same as get/2 without waiting; Done(Result) is called at the end.
-spec start_get(binary(), [binary()], fun((result()) -> any())) -> ok.
start_get(Host, Names, Done) ->
    _ = spawn(fun() -> Done(get(Host, Names)) end),
    ok.

%% How the last one ended, for people; <<>> before the first.
-spec last() -> binary().
last() ->
    persistent_term:get(?MODULE, <<>>).

run(Host, What, Words) ->
    [Program | Before] = gen_mod:get_module_opt(Host, mod_xica, program),
    Config = gen_mod:get_module_opt(Host, mod_xica, config_dir),
    Options = [[<<"--config-dir">>, Config] || Config =/= <<>>],
    Result = alone(fun() -> execute(os:find_executable(binary_to_list(Program)), lists:flatten([Before, Words, Options])) end),
    ended(What, Result),
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

ended(What, {ok, _}) ->
    ejabberd_pkix:commit(),
    ?INFO_MSG("~ts: worked", [What]),
    remember(What, "worked");
ended(What, {error, Why}) ->
    ?ERROR_MSG("~ts: ~ts", [What, Why]),
    remember(What, ["failed: ", Why]).

remember(What, How) ->
    {{Year, Month, Day}, {Hour, Minute, _}} = calendar:universal_time(),
    At = io_lib:format("~4..0B-~2..0B-~2..0B ~2..0B:~2..0B UTC", [Year, Month, Day, Hour, Minute]),
    persistent_term:put(?MODULE, unicode:characters_to_binary([At, ", ", What, ": ", How])).
