%% Runs `xica renew` once a day, at a time that varies: neither all servers of the world at once nor this one always at the same time.
-module(mod_xica_renewal).
-behaviour(gen_server).

-export([start/2, stop/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% One for all hosts of the node, with the options of the first that starts it.
start(Host, Opts) ->
    case gen_mod:start_child(?MODULE, Host, Opts, ?MODULE) of
        {ok, _} -> ok;
        {error, {already_started, _}} -> ok;
        {error, already_present} -> ok;
        Error -> Error
    end.

stop() ->
    gen_mod:stop_child(?MODULE).

init([_, #{renew := true, renew_interval := Interval}]) ->
    erlang:send_after(round(Interval * 0.25 * rand:uniform()), self(), renew),
    {ok, Interval};
init(_) ->
    {ok, never}.

handle_call(_, _, State) ->
    {reply, ok, State}.

handle_cast(_, State) ->
    {noreply, State}.

handle_info(renew, Interval) ->
    _ = mod_xica_program:renew(),
    erlang:send_after(round(Interval * (0.75 + 0.5 * rand:uniform())), self(), renew),
    {noreply, Interval};
handle_info(_, State) ->
    {noreply, State}.
