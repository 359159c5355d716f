%% For listeners between servers with direct TLS (XEP-0368): stands before ejabberd_s2s_in until the stream's first header has come.
%%
%% No hook runs between that header, which names the domain, and the features. So a stream of such a listener begins with this as its callback module. It
%% hands everything on, and with the header it steps aside for good.
-module(mod_xica_direct).

-export([wrapped/1]).
-export([tls_options/1, handle_stream_start/2, handle_stream_end/2, handle_send/3, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

-define(REAL, ejabberd_s2s_in).

wrapped(#{mod := ?REAL} = State) ->
    State#{mod := ?MODULE};
wrapped(State) ->
    State.

handle_stream_start(Header, #{lserver := Domain} = State) ->
    mod_xica_stream:encrypted(Domain),
    ?REAL:handle_stream_start(Header, State#{mod := ?REAL}).

tls_options(State) ->
    ?REAL:tls_options(State).

handle_stream_end(Reason, State) ->
    ?REAL:handle_stream_end(Reason, State).

handle_send(Packet, Result, State) ->
    ?REAL:handle_send(Packet, Result, State).

handle_call(Request, From, State) ->
    ?REAL:handle_call(Request, From, State).

handle_cast(Message, State) ->
    ?REAL:handle_cast(Message, State).

handle_info(Message, State) ->
    ?REAL:handle_info(Message, State).

terminate(Reason, State) ->
    ?REAL:terminate(Reason, State).

code_change(Version, State, Extra) ->
    ?REAL:code_change(Version, State, Extra).
