%% The page "Certificates" of the web admin: the state of each host, and a button. The page of the whole server has all hosts; that of a virtual host, which
%% its own admins see, has that one and its components.
%%
%% A browser sends the admin's password with whatever a foreign page makes it send. So the button's form holds a word that no foreign page can know: an HMAC
%% of the admin's name under a key that this node made when it started.
-module(mod_xica_web).

-export([start/1, stop/1]).
-export([menu_main/2, menu_host/3, page_main/2, page_host/3]).

-include("xmpp.hrl").
-include("ejabberd_http.hrl").
-include("ejabberd_web_admin.hrl").

-define(PATH, <<"xica">>).
-define(TITLE, <<"Certificates">>).

start(Host) ->
    ejabberd_hooks:add(webadmin_menu_main, ?MODULE, menu_main, 50),
    ejabberd_hooks:add(webadmin_page_main, ?MODULE, page_main, 50),
    ejabberd_hooks:add(webadmin_menu_host, Host, ?MODULE, menu_host, 50),
    ejabberd_hooks:add(webadmin_page_host, Host, ?MODULE, page_host, 50).

stop(Host) ->
    ejabberd_hooks:delete(webadmin_menu_host, Host, ?MODULE, menu_host, 50),
    ejabberd_hooks:delete(webadmin_page_host, Host, ?MODULE, page_host, 50),
    case gen_mod:is_loaded_elsewhere(Host, mod_xica) of
        true ->
            ok;
        false ->
            ejabberd_hooks:delete(webadmin_menu_main, ?MODULE, menu_main, 50),
            ejabberd_hooks:delete(webadmin_page_main, ?MODULE, page_main, 50)
    end.

menu_main(Items, _) ->
    Items ++ [{?PATH, ?TITLE}].

menu_host(Items, _, _) ->
    Items ++ [{?PATH, ?TITLE}].

page_main(_, #request{path = [?PATH]} = Request) ->
    {stop, page(global, mod_xica_hosts:all(), Request)};
page_main(Other, _) ->
    Other.

page_host(_, Host, #request{path = [?PATH]} = Request) ->
    {stop, page(Host, mod_xica_hosts:below(Host), Request)};
page_host(Other, _, _) ->
    Other.

page(Scope, Names, #request{us = Admin} = Request) ->
    Said = said(Scope, Names, Request),
    [?XC(<<"h1">>, ?TITLE)] ++ [?XRES(Said) || Said =/= <<>>]
        ++ [?XAE(<<"form">>, [{<<"action">>, <<>>}, {<<"method">>, <<"post">>}],
                 [table(Names),
                  ?INPUT(<<"hidden">>, <<"word">>, word(Admin)),
                  ?P,
                  ?INPUT(<<"submit">>, <<"get">>, <<"Get certificate">>)]),
            ?XC(<<"p">>, <<"One certificate for all hosts that are ticked, proven by this server itself. Their SRV records must lead here.">>)]
        ++ [?XC(<<"p">>, <<"Last: ", Last/binary>>) || Last <- [mod_xica_program:last(Scope)], Last =/= <<>>].

table(Names) ->
    Row = fun(Name) ->
                  Box = ?XA(<<"input">>, [{<<"type">>, <<"checkbox">>}, {<<"name">>, <<"host">>}, {<<"value">>, Name}, {<<"id">>, <<"host-", Name/binary>>},
                                          {<<"checked">>, <<"checked">>}]),
                  Label = ?XAC(<<"label">>, [{<<"for">>, <<"host-", Name/binary>>}], Name),
                  ?XE(<<"tr">>, [?XE(<<"td">>, [Box]), ?XE(<<"td">>, [Label]), ?XC(<<"td">>, mod_xica_certificate:in_words(Name))])
          end,
    Head = ?XE(<<"tr">>, [?XC(<<"td">>, Title) || Title <- [<<>>, <<"Host">>, <<"Certificate">>]]),
    ?XE(<<"table">>, [?XE(<<"thead">>, [Head]), ?XE(<<"tbody">>, [Row(Name) || Name <- Names])]).

%% Does what a form asks for; what is said about it on the page.
said(Scope, Names, #request{method = 'POST', us = Admin, q = Query}) ->
    Word = proplists:get_value(<<"word">>, Query, <<>>),
    Wanted = mod_xica_hosts:chosen([Value || {<<"host">>, Value} <- Query], Names),
    case {same(Word, word(Admin)), Wanted} of
        {false, _} ->
            <<"This form is out of date, or didn't come from this page. Nothing was done.">>;
        {true, []} ->
            <<"Choose a host.">>;
        {true, _} ->
            mod_xica_program:start_get(Scope, Wanted, fun(_) -> ok end),
            <<"Begun. Open this page again in a minute to see how it ended.">>
    end;
said(_, _, _) ->
    <<>>.

word({User, Server}) ->
    base64:encode(crypto:mac(hmac, sha256, key(), [User, $@, Server])).

same(One, Other) ->
    byte_size(One) =:= byte_size(Other) andalso crypto:hash_equals(One, Other).

key() ->
    case persistent_term:get(?MODULE, none) of
        none ->
            persistent_term:put(?MODULE, crypto:strong_rand_bytes(32)),
            persistent_term:get(?MODULE);
        Key ->
            Key
    end.
