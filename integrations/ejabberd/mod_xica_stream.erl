%% xmpp-01 (docs/acme-xmpp.md): shows proofs in the features of encrypted streams, each in the streams of its own domain.
%%
%% ejabberd asks for the features of a stream between servers with the virtual host alone, which is the same for D and for conference.D, and doesn't
%% say whether the stream is encrypted. So whatever hook runs before, in the stream's own process, writes down the domain of a stream that is (or is
%% about to be) encrypted: for clients c2s_stream_started; between servers the <starttls/> that came, after which the stream's domain is fixed.
%% For a listener with direct TLS there is no such hook; see mod_xica_direct.
-module(mod_xica_stream).

-export([start/1, stop/1, encrypted/1]).
-export([client_started/2, server_received/3, features/2, server_begins/2]).

-include("xmpp.hrl").

-define(XMLNS, <<"urn:xica:acme:0">>).
-define(FEATURES, [c2s_pre_auth_features, c2s_post_auth_features, s2s_in_pre_auth_features, s2s_in_post_auth_features]).

start(Host) ->
    ejabberd_hooks:add(c2s_stream_started, Host, ?MODULE, client_started, 50),
    ejabberd_hooks:add(s2s_in_handle_recv, Host, ?MODULE, server_received, 50),
    ejabberd_hooks:add(s2s_in_init, ?MODULE, server_begins, 50),
    [ejabberd_hooks:add(Hook, Host, ?MODULE, features, 50) || Hook <- ?FEATURES],
    ok.

stop(Host) ->
    ejabberd_hooks:delete(c2s_stream_started, Host, ?MODULE, client_started, 50),
    ejabberd_hooks:delete(s2s_in_handle_recv, Host, ?MODULE, server_received, 50),
    [ejabberd_hooks:delete(Hook, Host, ?MODULE, features, 50) || Hook <- ?FEATURES],
    case gen_mod:is_loaded_elsewhere(Host, mod_xica) of
        true -> ok;
        false -> ejabberd_hooks:delete(s2s_in_init, ?MODULE, server_begins, 50)
    end.

%% Notes in the calling stream's process that its streams to Domain are encrypted from now on.
encrypted(Domain) ->
    put(?MODULE, Domain).

client_started(#{stream_encrypted := true, lserver := Domain} = State, _) ->
    encrypted(Domain),
    State;
client_started(State, _) ->
    State.

server_received(#{lserver := Domain} = State, _, #starttls{}) ->
    encrypted(Domain),
    State;
server_received(State, _, _) ->
    State.

%% A stream between servers begins, by this listener.
server_begins({ok, State}, Listener) ->
    case proplists:get_bool(tls, Listener) of
        true -> {ok, mod_xica_direct:wrapped(State)};
        false -> {ok, State}
    end;
server_begins(Other, _) ->
    Other.

features(Features, Host) ->
    case get(?MODULE) of
        undefined ->
            Features;
        Domain ->
            Folder = gen_mod:get_module_opt(Host, mod_xica, challenges),
            [element(Proof) || Proof <- mod_xica_challenges:shown(Folder, Domain)] ++ Features
    end.

element({Token, KeyAuthorization}) ->
    #xmlel{name = <<"acme">>, attrs = [{<<"xmlns">>, ?XMLNS}, {<<"token">>, Token}], children = [{xmlcdata, KeyAuthorization}]}.
