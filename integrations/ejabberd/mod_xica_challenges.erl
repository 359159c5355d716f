%% The challenge folder: what `xica get` wants shown, one file a token (docs/acme-xmpp.md).
%%
%% A file is named by its token. Its first line is the domain in lower-case A-labels, its second line the key authorization,
%% which is the token, a dot and the account key's thumbprint (RFC 8555 section 8.1). Whatever in the folder isn't exactly that is passed
%% over, so nothing else that may lie there, or that a link there may lead to, can ever get into a stream.
-module(mod_xica_challenges).

-export([shown/2]).

-include_lib("kernel/include/file.hrl").

-define(MAX_FILES_LOOKED_AT, 1000).
-define(MAX_SHOWN, 50).       % of one domain: below the 64 KiB that the validator reads of a stream
-define(MAX_FILE_BYTES, 1024).

%% What is to be shown in the streams of Domain (as ejabberd writes it): [{Token, KeyAuthorization}], mostly empty.
-spec shown(file:filename_all(), binary()) -> [{binary(), binary()}].
shown(Folder, Domain) ->
    case {file:list_dir(Folder), a_labels(Domain)} of
        {{ok, Names}, {ok, Labels}} ->
            Tokens = [list_to_binary(Name) || Name <- lists:sublist(Names, ?MAX_FILES_LOOKED_AT), is_token(Name)],
            lists:sublist(lists:filtermap(fun(Token) -> proof(Folder, Token, Labels) end, Tokens), ?MAX_SHOWN);
        _ ->
            []
    end.

a_labels(Domain) ->
    try {ok, list_to_binary(string:lowercase(idna:utf8_to_ascii(Domain)))}
    catch _:_ -> error
    end.

is_token(Name) ->
    re:run(Name, "^[A-Za-z0-9_-]{1,128}$", [dollar_endonly, {capture, none}]) =:= match.

%% {true, {Token, KeyAuthorization}} when the token's file is for this domain.
proof(Folder, Token, Domain) ->
    Path = filename:join(Folder, Token),
    Form = ["^", quoted(Domain), "\n(", quoted(Token), "\\.[A-Za-z0-9_-]{43})\n?$"],
    case re:run(read_small(Path), Form, [dollar_endonly, {capture, [1], binary}]) of
        {match, [Whole]} -> {true, {Token, Whole}};
        nomatch -> false
    end.

quoted(Text) ->
    ["\\Q", Text, "\\E"].

%% The bytes of a regular file of bounded size; of all else none.
read_small(Path) ->
    case file:read_link_info(Path, [raw]) of
        {ok, #file_info{type = regular, size = Size}} when Size =< ?MAX_FILE_BYTES -> read_open(file:open(Path, [read, raw, binary]));
        _ -> <<>>
    end.

read_open({ok, File}) ->
    Result = file:read(File, ?MAX_FILE_BYTES + 1),
    _ = file:close(File),
    case Result of
        {ok, Text} when byte_size(Text) =< ?MAX_FILE_BYTES -> Text;
        _ -> <<>>
    end;
read_open(_) ->
    <<>>.
